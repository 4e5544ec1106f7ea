"""What settings must be to each other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from proctor_results.lms import recipe

if TYPE_CHECKING:
    from proctor_results.settings import Settings


def faults(settings: Settings) -> Iterator[str]:
    """Each with the setting to mend. A setting with a fault of its own may be None here."""
    for check in (_webhook, _lock, _supervisor, _secrets):
        yield from check(settings)


def _webhook(settings: Settings) -> Iterator[str]:
    if settings.lms_webhook_url and not settings.lms_webhook_secret:
        yield "LMS_WEBHOOK_SECRET: is needed with LMS_WEBHOOK_URL; make one with `flask --app wsgi keys new`"
    yield from _https("LMS_WEBHOOK_URL", settings.lms_webhook_url, settings.lms_allow_private_addresses)


def _lock(settings: Settings) -> Iterator[str]:
    if not settings.lms_lock_url:
        return
    yield from _https("LMS_LOCK_URL", settings.lms_lock_url, settings.lms_allow_private_addresses)
    for field, said in recipe.faults(settings.lms_lock).items():
        yield from (f"{_LOCK[field]}: {fault}" for fault in said)


_LOCK = {
    "address": "LMS_LOCK_URL",
    "method": "LMS_LOCK_METHOD",
    "body": "LMS_LOCK_BODY",
    "content_type": "LMS_LOCK_CONTENT_TYPE",
    "headers": "LMS_LOCK_HEADERS",
}


def _supervisor(settings: Settings) -> Iterator[str]:
    if not settings.supervisor_url:
        return
    needed = {
        "SUPERVISOR_JWT_SECRET": settings.supervisor_jwt_secret,
        "SECRET_KEY": settings.secret_key,
        "PUBLIC_URL": settings.public_url,
    }
    yield from (f"{name}: is needed with SUPERVISOR_URL" for name, value in needed.items() if not value)
    in_the_clear = settings.lms_allow_private_addresses or settings.development
    yield from _https("SUPERVISOR_URL", settings.supervisor_url, in_the_clear)


def _https(name: str, url: str, in_the_clear: bool) -> Iterator[str]:
    if url and not (url.startswith("https:") or in_the_clear):
        yield f"{name}: must be https, unless LMS_ALLOW_PRIVATE_ADDRESSES is set"


def _secrets(settings: Settings) -> Iterator[str]:
    vendors, lms = set(settings.webhook_api_keys), set(settings.lms_api_keys)
    if vendors & lms:
        yield "LMS_API_KEYS: must not share a key with WEBHOOK_API_KEYS: a vendor is not the LMS"
    if set(settings.metrics_api_keys) & (vendors | lms):
        yield "METRICS_API_KEYS: must not share a key with WEBHOOK_API_KEYS or LMS_API_KEYS: who watches may do no more"
    if settings.secret_key and settings.secret_key in {
        settings.supervisor_jwt_secret,
        *vendors,
        *lms,
        *settings.metrics_api_keys,
    }:
        yield "SECRET_KEY: must be nobody else's secret: who knows it can speak for every learner's browser"
