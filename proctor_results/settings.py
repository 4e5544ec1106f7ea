"""Reads the settings from the environment, once, and names every fault in one message."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from environs import Env, EnvValidationError, validate

from proctor_results import policy_file, settings_together
from proctor_results import settings_checks as may
from proctor_results.domain.policy import Policy
from proctor_results.lms.recipe import Recipe
from proctor_results.settings_checks import PUBLISHED_KEY, split

__all__ = ["PUBLISHED_KEY", "BadSettings", "Settings", "read"]

LOG_LEVELS = ("debug", "info", "warning", "error")


class BadSettings(SystemExit):  # it reads as what it is
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
    lms_webhook_url: str
    lms_webhook_secret: str
    lms_allow_private_addresses: bool
    lms_lock_url: str
    lms_lock_method: str
    lms_lock_body: str
    lms_lock_content_type: str
    lms_lock_headers: Mapping[str, str]
    supervisor_url: str
    supervisor_provider: str
    supervisor_jwt_secret: str
    browser_origins: tuple[str, ...]
    trusted_proxies: int
    heartbeat_seconds: int
    heartbeat_grace_seconds: int
    policy: Policy
    outcome_settle_seconds: int
    worker_threads: int
    log_level: str

    @property
    def lms_lock(self) -> Recipe:
        """The call that locks and unlocks, where there is one."""
        return Recipe(
            address=self.lms_lock_url,
            method=self.lms_lock_method,
            body=self.lms_lock_body,
            content_type=self.lms_lock_content_type,
            headers=self.lms_lock_headers,
        )


def read() -> Settings:
    """The settings in the environment. Raises BadSettings."""
    env = Env(eager=False)
    settings = _read(env)
    faults = [*_faults_of_each(env), *settings_together.faults(settings)]
    if faults:
        raise BadSettings("Proctor Results cannot start with these settings:\n  " + "\n  ".join(faults))
    return settings


def _read(env: Env) -> Settings:
    environment = env.str("PROCTOR_RESULTS_ENV", "production", validate=may.one_of("production", "development"))
    secrets = may.keys(weak=environment == "development")
    return Settings(
        development=environment == "development",
        database_url=env.str("DATABASE_URL", "sqlite:///proctor_results.db", validate=may.database),
        public_url=_base(env.str("PUBLIC_URL", "", validate=may.base_address)),
        secret_key=env.str("SECRET_KEY", "", validate=secrets),
        webhook_api_keys=split(env.str("WEBHOOK_API_KEYS", "", validate=secrets)),
        webhook_api_key_header=env.str("WEBHOOK_API_KEY_HEADER", "X-Api-Key", validate=may.HEADER),
        lms_api_keys=split(env.str("LMS_API_KEYS", "", validate=secrets)),
        metrics_api_keys=split(env.str("METRICS_API_KEYS", "", validate=secrets)),
        lms_webhook_url=env.str("LMS_WEBHOOK_URL", "", validate=may.address),
        lms_webhook_secret=env.str("LMS_WEBHOOK_SECRET", "", validate=may.webhook_secret),
        lms_allow_private_addresses=env.bool("LMS_ALLOW_PRIVATE_ADDRESSES", False),
        lms_lock_url=env.str("LMS_LOCK_URL", ""),
        lms_lock_method=env.str("LMS_LOCK_METHOD", "POST"),
        lms_lock_body=env.str("LMS_LOCK_BODY", ""),
        lms_lock_content_type=env.str("LMS_LOCK_CONTENT_TYPE", "application/json"),
        lms_lock_headers=_headers(env.str("LMS_LOCK_HEADERS", "", validate=may.headers)),
        supervisor_url=_base(env.str("SUPERVISOR_URL", "", validate=may.base_address)),
        supervisor_provider=env.str("SUPERVISOR_PROVIDER", "jwt", validate=may.WORD),
        supervisor_jwt_secret=env.str("SUPERVISOR_JWT_SECRET", "", validate=secrets),
        browser_origins=split(env.str("BROWSER_ORIGINS", "", validate=may.origins)),
        trusted_proxies=env.int("TRUSTED_PROXIES", 0, validate=validate.Range(0, 10)),
        heartbeat_seconds=env.int("HEARTBEAT_SECONDS", 10, validate=validate.Range(1, 600)),
        heartbeat_grace_seconds=env.int("HEARTBEAT_GRACE_SECONDS", 30, validate=validate.Range(1, 3600)),
        policy=_policy(env.str("LOCK_POLICY", "", validate=may.policy)),
        outcome_settle_seconds=env.int("OUTCOME_SETTLE_SECONDS", 0, validate=validate.Range(0, 30 * 24 * 3600)),
        worker_threads=env.int("WORKER_THREADS", 8, validate=validate.Range(1, 64)),
        log_level=env.str("LOG_LEVEL", "info", validate=may.one_of(*LOG_LEVELS)),
    )


def _base(url: str | None) -> str:
    """Without the slash at its end. What failed its check is None here: the fault is named, and nothing starts."""
    return (url or "").rstrip("/")


def _headers(given: str | None) -> dict[str, str]:
    headers: dict[str, str] = json.loads(given or "{}")
    return headers


def _policy(given: str | None) -> Policy:
    return policy_file.parse(may.policy_text(given)) if given else policy_file.built_in()


def _faults_of_each(env: Env) -> Iterator[str]:
    try:
        env.seal()
    except EnvValidationError as error:
        faults: Mapping[str, list[str]] = error.error_messages  # type: ignore[assignment]  # its type allows a list too
        for name, messages in faults.items():
            yield from (f"{name}: {message}" for message in messages)
