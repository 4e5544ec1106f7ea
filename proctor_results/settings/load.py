"""Reads all settings from the environment once, and reports every fault in one message."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from environs import Env, EnvValidationError, validate

from proctor_results.deliveries.targets.registry import read_target_settings
from proctor_results.policies import load as policy_load
from proctor_results.policies.model import Policy
from proctor_results.settings import validators
from proctor_results.settings.model import Settings
from proctor_results.settings.validators import split_list, without_trailing_slash
from proctor_results.vendors.registry import load_vendor_settings
from proctor_results.vendors.settings import SecretCheck

MAX_FINAL_AFTER_SECONDS = 30 * 24 * 3600


class InvalidSettings(SystemExit):  # it ends the process, with the message on standard error
    """The process cannot start with these settings."""


def load_settings() -> Settings:
    """Read the environment. Raises InvalidSettings, which names every fault."""
    env = Env(eager=False)
    environment = env.str(
        "PROCTOR_RESULTS_ENV", "production", validate=validators.one_of("production", "development")
    )
    secret_check = validators.secret_keys(allow_weak=environment == "development")
    settings = Settings(
        development=environment == "development",
        targets=read_target_settings(env),
        vendors=load_vendor_settings(env, secret_check),
        **{name: read(env) for name, read in _READERS.items()},
        **{name: read(env, secret_check) for name, read in _SECRET_READERS.items()},
    )
    errors = [*_field_errors(env), *settings.errors()]
    if errors:
        reasons = "\n  ".join(errors)
        raise InvalidSettings(f"Proctor Results cannot start with these settings:\n  {reasons}")
    return settings


_READERS: Mapping[str, Callable[[Env], Any]] = {
    "database_url": lambda env: env.str(
        "DATABASE_URL", "sqlite:///proctor_results.db", validate=validators.database_url
    ),
    "public_url": lambda env: without_trailing_slash(
        env.str("PUBLIC_URL", "", validate=validators.base_url)
    ),
    "default_vendor": lambda env: env.str("DEFAULT_VENDOR", ""),
    "lms_allow_private_addresses": lambda env: env.bool("LMS_ALLOW_PRIVATE_ADDRESSES", False),
    "browser_origins": lambda env: split_list(
        env.str("BROWSER_ORIGINS", "", validate=validators.origins)
    ),
    "trusted_proxy_count": lambda env: env.int(
        "TRUSTED_PROXY_COUNT", 0, validate=validate.Range(0, 10)
    ),
    "heartbeat_seconds": lambda env: env.int(
        "HEARTBEAT_SECONDS", 10, validate=validate.Range(1, 600)
    ),
    "heartbeat_grace_seconds": lambda env: env.int(
        "HEARTBEAT_GRACE_SECONDS", 30, validate=validate.Range(1, 3600)
    ),
    "policy": lambda env: _load_policy(env.str("POLICY", "", validate=validators.policy)),
    "outcome_final_after_seconds": lambda env: env.int(
        "OUTCOME_FINAL_AFTER_SECONDS", 0, validate=validate.Range(0, MAX_FINAL_AFTER_SECONDS)
    ),
    "worker_threads": lambda env: env.int("WORKER_THREADS", 8, validate=validate.Range(1, 64)),
    "log_level": lambda env: env.str(
        "LOG_LEVEL", "info", validate=validators.one_of("debug", "info", "warning", "error")
    ),
}

_SECRET_READERS: Mapping[str, Callable[[Env, SecretCheck], Any]] = {
    "secret_key": lambda env, check: env.str("SECRET_KEY", "", validate=check),
    "lms_api_keys": lambda env, check: split_list(env.str("LMS_API_KEYS", "", validate=check)),
    "metrics_api_keys": lambda env, check: split_list(
        env.str("METRICS_API_KEYS", "", validate=check)
    ),
}


def _load_policy(text: str | None) -> Policy:
    """Load the policy; a faulty one is None here, and its errors are reported."""
    if not text:
        return policy_load.default_policy()
    return policy_load.parse_policy(validators.read_policy_text(text))


def _field_errors(env: Env) -> Iterator[str]:
    try:
        env.seal()
    except EnvValidationError as error:
        errors: Mapping[str, list[str]] = error.error_messages  # type: ignore[assignment]  # its type allows a list too
        for name, messages in errors.items():
            yield from (f"{name}: {message}" for message in messages)
