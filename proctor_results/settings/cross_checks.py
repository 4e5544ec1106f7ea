"""Checks what settings must be to each other."""

from collections.abc import Iterator, Mapping
from itertools import combinations, product

from proctor_results.settings.model import Settings
from proctor_results.vendors.settings import ServiceContext


def cross_field_errors(settings: Settings) -> Iterator[str]:
    """Yield errors, each beginning with the setting to change. A faulty setting may be None."""
    for check in (_check_targets, _check_vendors, _check_secrets):
        yield from check(settings)


def secrets_by_holder(settings: Settings) -> dict[str, Mapping[str, tuple[str, ...]]]:
    """Return, by holder and setting, the secrets that authenticate others or sign tokens."""
    return {
        **{name: vendor.secrets for name, vendor in settings.vendors.items()},
        "the LMS": {"LMS_API_KEYS": settings.lms_api_keys},
        "monitoring": {"METRICS_API_KEYS": settings.metrics_api_keys},
        "this service": {"SECRET_KEY": (settings.secret_key,) if settings.secret_key else ()},
    }


def _check_targets(settings: Settings) -> Iterator[str]:
    for target in settings.targets:
        yield from target.errors(allow_http=settings.lms_allow_private_addresses)


def _check_vendors(settings: Settings) -> Iterator[str]:
    service = ServiceContext(
        public_url=settings.public_url,
        secret_key=settings.secret_key,
        allow_http=settings.lms_allow_private_addresses or settings.development,
    )
    for vendor_settings in settings.vendors.values():
        yield from vendor_settings.errors(service)
    if settings.default_vendor and settings.default_vendor not in settings.vendors:
        yield f"DEFAULT_VENDOR: must be one of {', '.join(settings.vendors)}"


def _check_secrets(settings: Settings) -> Iterator[str]:
    """No two holders share a secret: each may do what its secret is for, and no more."""
    for holder, other in combinations(secrets_by_holder(settings).values(), 2):
        for (first, known), (second, secrets) in product(holder.items(), other.items()):
            if set(known) & set(secrets):
                yield f"{second}: must not share a secret with {first}"
