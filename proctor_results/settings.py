"""Reads the settings from the environment, once, and names every fault in one message."""

import base64
import binascii
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from environs import Env, EnvValidationError, ValidationError, validate

from proctor_results import policy_file
from proctor_results.domain.policy import Policy

PUBLISHED_KEY = "eexae8phah3Pha1iereez3oo"
"""Printed in a vendor's guide: half the world knows it."""

SHORTEST_SECRET = 16
LOG_LEVELS = ("debug", "info", "warning", "error")


class BadSettings(SystemExit):  # it reads as what it is
    """The process cannot start like this: it ends, with the message on standard error."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings, checked. README.md says what each of them means."""

    development: bool
    database_url: str
    webhook_api_keys: tuple[str, ...]
    webhook_api_key_header: str
    lms_api_keys: tuple[str, ...]
    lms_webhook_url: str
    lms_webhook_secret: str
    lms_allow_private_addresses: bool
    policy: Policy
    worker_threads: int
    log_level: str


def read() -> Settings:
    """The settings in the environment. Raises BadSettings."""
    env = Env(eager=False)
    settings = _read(env)
    faults = [*_faults_of_each(env), *_faults_between(settings)]
    if faults:
        raise BadSettings("Proctor Results cannot start with these settings:\n  " + "\n  ".join(faults))
    return settings


def _read(env: Env) -> Settings:
    development = env.str("PROCTOR_RESULTS_ENV", "production", validate=_one_of("production", "development"))
    keys = _keys(weak=development == "development")
    return Settings(
        development=development == "development",
        database_url=env.str("DATABASE_URL", "sqlite:///proctor_results.db", validate=_database),
        webhook_api_keys=_split(env.str("WEBHOOK_API_KEYS", "", validate=keys)),
        webhook_api_key_header=env.str("WEBHOOK_API_KEY_HEADER", "X-Api-Key", validate=_HEADER),
        lms_api_keys=_split(env.str("LMS_API_KEYS", "", validate=keys)),
        lms_webhook_url=env.str("LMS_WEBHOOK_URL", "", validate=_url),
        lms_webhook_secret=env.str("LMS_WEBHOOK_SECRET", "", validate=_webhook_secret),
        lms_allow_private_addresses=env.bool("LMS_ALLOW_PRIVATE_ADDRESSES", False),
        policy=_policy(env),
        worker_threads=env.int("WORKER_THREADS", 8, validate=validate.Range(1, 64)),
        log_level=env.str("LOG_LEVEL", "info", validate=_one_of(*LOG_LEVELS)),
    )


def _faults_of_each(env: Env) -> Iterator[str]:
    try:
        env.seal()
    except EnvValidationError as error:
        faults: Mapping[str, list[str]] = error.error_messages  # type: ignore[assignment]  # its type allows a list too
        for name, messages in faults.items():
            yield from (f"{name}: {message}" for message in messages)


def _faults_between(settings: Settings) -> Iterator[str]:
    url, secret = settings.lms_webhook_url, settings.lms_webhook_secret
    if url and not secret:
        yield "LMS_WEBHOOK_SECRET: is needed with LMS_WEBHOOK_URL; make one with `flask --app wsgi keys new`"
    if url and not (url.startswith("https:") or settings.lms_allow_private_addresses):
        yield "LMS_WEBHOOK_URL: must be https, unless LMS_ALLOW_PRIVATE_ADDRESSES is set"
    if set(settings.webhook_api_keys or ()) & set(settings.lms_api_keys or ()):
        yield "LMS_API_KEYS: must not share a key with WEBHOOK_API_KEYS: a vendor is not the LMS"


def _split(keys: str | None) -> tuple[str, ...]:
    return tuple(key.strip() for key in (keys or "").split(",") if key.strip())


def _policy(env: Env) -> Policy:
    given = env.str("LOCK_POLICY", "", validate=_policy_is_good)
    try:
        return policy_file.parse(_policy_text(given)) if given else policy_file.built_in()
    except (policy_file.BadPolicy, OSError):
        return policy_file.built_in()  # the fault is already among those of the setting, and nothing will start


def _policy_text(given: str) -> str:
    """The TOML itself where there is a table or an assignment in it, or else what the file of that name says."""
    return given if "=" in given or "\n" in given else Path(given).read_text(encoding="utf-8")


# What a setting may be: each check raises ValidationError.


def _one_of(*choices: str) -> validate.OneOf:
    return validate.OneOf(choices, error="must be one of {choices}")


def _policy_is_good(given: str) -> None:
    try:
        policy_file.parse(_policy_text(given) if given else "")
    except policy_file.BadPolicy as error:
        raise ValidationError(error.faults) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ValidationError(f"cannot be read: {error}") from error


def _keys(*, weak: bool) -> Callable[[str], None]:
    def check(keys: str) -> None:
        if weak:
            return
        if any(len(key) < SHORTEST_SECRET for key in _split(keys)):
            raise ValidationError(f"every key must have at least {SHORTEST_SECRET} characters")
        if PUBLISHED_KEY in keys:
            raise ValidationError("holds the key printed in the vendor's guide, which everybody knows")

    return check


def _database(url: str) -> None:
    if not url.startswith(("sqlite:///", "postgres://", "postgresql://")):
        raise ValidationError("must begin with sqlite:///, postgresql:// or postgres://")


def _url(url: str) -> None:
    try:
        parts = urlsplit(url)
        good = not url or (parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0)
    except ValueError:
        good = False
    if not good:
        raise ValidationError("must be an http or https address")


def _webhook_secret(secret: str) -> None:
    """Standard Webhooks: `whsec_` and the base64 of 24 to 64 bytes."""
    try:
        length = len(base64.b64decode(secret.removeprefix("whsec_"), validate=True))
    except binascii.Error:
        length = 0
    if secret and not (secret.startswith("whsec_") and 24 <= length <= 64):
        raise ValidationError("must be whsec_ and 24 to 64 bytes in base64; `flask --app wsgi keys new` makes one")


_HEADER = validate.Regexp(r"[A-Za-z][A-Za-z0-9-]*\Z", error="must be the name of an HTTP header")
