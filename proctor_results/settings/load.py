"""Reads the settings from the environment, once, and names every fault in one message."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from environs import Env, EnvValidationError, validate

from proctor_results.deliveries.targets.base import TargetSettings
from proctor_results.deliveries.targets.registry import read_target_settings
from proctor_results.policies import load as policy_load
from proctor_results.policies.model import Policy
from proctor_results.settings import cross_checks, validators
from proctor_results.settings.validators import PUBLISHED_SAMPLE_KEY, split_list

__all__ = ["PUBLISHED_SAMPLE_KEY", "InvalidSettings", "Settings", "load_settings"]

LOG_LEVELS = ("debug", "info", "warning", "error")


class InvalidSettings(SystemExit):  # it reads as what it is
    """The process cannot start like this: it ends, with the message on standard error."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings, checked. docs/settings.md says what each of them means."""

    development: bool
    database_url: str
    public_url: str
    secret_key: str
    webhook_api_keys: tuple[str, ...]
    webhook_api_key_header: str
    lms_api_keys: tuple[str, ...]
    metrics_api_keys: tuple[str, ...]
    lms_allow_private_addresses: bool
    targets: tuple[TargetSettings, ...]
    supervisor_url: str
    supervisor_provider: str
    supervisor_jwt_secret: str
    browser_origins: tuple[str, ...]
    trusted_proxy_count: int
    heartbeat_seconds: int
    heartbeat_grace_seconds: int
    policy: Policy
    outcome_final_after_seconds: int
    worker_threads: int
    log_level: str


def load_settings() -> Settings:
    """The settings in the environment. Raises BadSettings."""
    env = Env(eager=False)
    settings = _load(env)
    errors = [*_field_errors(env), *cross_checks.cross_field_errors(settings)]
    if errors:
        raise InvalidSettings(
            "Proctor Results cannot start with these settings:\n  " + "\n  ".join(errors)
        )
    return settings


def _load(env: Env) -> Settings:
    environment = env.str(
        "PROCTOR_RESULTS_ENV", "production", validate=validators.one_of("production", "development")
    )
    secret_check = validators.secret_keys(allow_weak=environment == "development")
    return Settings(
        development=environment == "development",
        database_url=env.str(
            "DATABASE_URL", "sqlite:///proctor_results.db", validate=validators.database_url
        ),
        public_url=_without_trailing_slash(env.str("PUBLIC_URL", "", validate=validators.base_url)),
        secret_key=env.str("SECRET_KEY", "", validate=secret_check),
        webhook_api_keys=split_list(env.str("WEBHOOK_API_KEYS", "", validate=secret_check)),
        webhook_api_key_header=env.str(
            "WEBHOOK_API_KEY_HEADER", "X-Api-Key", validate=validators.HEADER_NAME
        ),
        lms_api_keys=split_list(env.str("LMS_API_KEYS", "", validate=secret_check)),
        metrics_api_keys=split_list(env.str("METRICS_API_KEYS", "", validate=secret_check)),
        lms_allow_private_addresses=env.bool("LMS_ALLOW_PRIVATE_ADDRESSES", False),
        targets=read_target_settings(env),
        supervisor_url=_without_trailing_slash(
            env.str("SUPERVISOR_URL", "", validate=validators.base_url)
        ),
        supervisor_provider=env.str("SUPERVISOR_PROVIDER", "jwt", validate=validators.SIMPLE_NAME),
        supervisor_jwt_secret=env.str("SUPERVISOR_JWT_SECRET", "", validate=secret_check),
        browser_origins=split_list(env.str("BROWSER_ORIGINS", "", validate=validators.origins)),
        trusted_proxy_count=env.int("TRUSTED_PROXIES", 0, validate=validate.Range(0, 10)),
        heartbeat_seconds=env.int("HEARTBEAT_SECONDS", 10, validate=validate.Range(1, 600)),
        heartbeat_grace_seconds=env.int(
            "HEARTBEAT_GRACE_SECONDS", 30, validate=validate.Range(1, 3600)
        ),
        policy=_load_policy(env.str("LOCK_POLICY", "", validate=validators.policy)),
        outcome_final_after_seconds=env.int(
            "OUTCOME_SETTLE_SECONDS", 0, validate=validate.Range(0, 30 * 24 * 3600)
        ),
        worker_threads=env.int("WORKER_THREADS", 8, validate=validate.Range(1, 64)),
        log_level=env.str("LOG_LEVEL", "info", validate=validators.one_of(*LOG_LEVELS)),
    )


def _without_trailing_slash(url: str | None) -> str:
    """Without the slash at its end. What failed its check is None here: the fault is named, and nothing starts."""
    return (url or "").rstrip("/")


def _load_policy(text: str | None) -> Policy:
    return (
        policy_load.parse_policy(validators.read_policy_text(text))
        if text
        else policy_load.default_policy()
    )


def _field_errors(env: Env) -> Iterator[str]:
    try:
        env.seal()
    except EnvValidationError as error:
        errors: Mapping[str, list[str]] = error.error_messages  # type: ignore[assignment]  # its type allows a list too
        for name, messages in errors.items():
            yield from (f"{name}: {message}" for message in messages)
