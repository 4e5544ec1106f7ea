"""What settings must be to each other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from proctor_results.settings import validators

if TYPE_CHECKING:
    from proctor_results.settings.load import Settings


def cross_field_errors(settings: Settings) -> Iterator[str]:
    """Each with the setting to mend. A setting with a fault of its own may be None here."""
    for check in (_check_targets, _check_supervisor, _check_secrets):
        yield from check(settings)


def _check_targets(settings: Settings) -> Iterator[str]:
    for target in settings.targets:
        yield from target.errors(allow_http=settings.lms_allow_private_addresses)


def _check_supervisor(settings: Settings) -> Iterator[str]:
    if not settings.supervisor_url:
        return
    required = {
        "SUPERVISOR_JWT_SECRET": settings.supervisor_jwt_secret,
        "SECRET_KEY": settings.secret_key,
        "PUBLIC_URL": settings.public_url,
    }
    yield from (
        f"{name}: is needed with SUPERVISOR_URL" for name, value in required.items() if not value
    )
    allow_http = settings.lms_allow_private_addresses or settings.development
    yield from validators.https_errors("SUPERVISOR_URL", settings.supervisor_url, allow_http)


def _check_secrets(settings: Settings) -> Iterator[str]:
    vendor_keys, lms_keys = set(settings.webhook_api_keys), set(settings.lms_api_keys)
    if vendor_keys & lms_keys:
        yield "LMS_API_KEYS: must not share a key with WEBHOOK_API_KEYS: a vendor is not the LMS"
    if set(settings.metrics_api_keys) & (vendor_keys | lms_keys):
        yield "METRICS_API_KEYS: must not share a key with WEBHOOK_API_KEYS or LMS_API_KEYS: who watches may do no more"
    if settings.secret_key and settings.secret_key in {
        settings.supervisor_jwt_secret,
        *vendor_keys,
        *lms_keys,
        *settings.metrics_api_keys,
    }:
        yield "SECRET_KEY: must be nobody else's secret: who knows it can speak for every learner's browser"
