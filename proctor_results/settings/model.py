"""The settings as one value, with the checks of what they must be to each other."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations, product

from proctor_results.deliveries.targets.base import TargetSettings
from proctor_results.policies.model import Policy
from proctor_results.vendors.settings import ServiceContext, VendorSettings


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The checked settings. docs/settings.md says what each of them means."""

    development: bool
    database_url: str
    public_url: str
    secret_key: str
    default_vendor: str
    lms_api_keys: tuple[str, ...]
    metrics_api_keys: tuple[str, ...]
    lms_allow_private_addresses: bool
    browser_origins: tuple[str, ...]
    trusted_proxy_count: int
    heartbeat_seconds: int
    heartbeat_grace_seconds: int
    policy: Policy
    outcome_final_after_seconds: int
    worker_threads: int
    log_level: str
    targets: tuple[TargetSettings, ...]
    vendors: Mapping[str, VendorSettings]

    def errors(self) -> Iterator[str]:
        """Yield errors, each beginning with the setting to change. A faulty setting may be None."""
        for target in self.targets:
            yield from target.errors(allow_http=self.lms_allow_private_addresses)
        service = ServiceContext(
            public_url=self.public_url,
            secret_key=self.secret_key,
            allow_http=self.lms_allow_private_addresses or self.development,
        )
        for vendor_settings in self.vendors.values():
            yield from vendor_settings.errors(service)
        if self.default_vendor and self.default_vendor not in self.vendors:
            yield f"DEFAULT_VENDOR: must be one of {', '.join(self.vendors)}"
        yield from self._shared_secret_errors()

    def secrets_by_holder(self) -> dict[str, Mapping[str, tuple[str, ...]]]:
        """Return, by holder and setting, the secrets that authenticate others or sign tokens."""
        return {
            **{name: vendor.secrets for name, vendor in self.vendors.items()},
            "the LMS": {"LMS_API_KEYS": self.lms_api_keys},
            "monitoring": {"METRICS_API_KEYS": self.metrics_api_keys},
            "this service": {"SECRET_KEY": (self.secret_key,) if self.secret_key else ()},
        }

    def _shared_secret_errors(self) -> Iterator[str]:
        """No two holders share a secret: each may do what its secret is for, and no more."""
        for holder, other in combinations(self.secrets_by_holder().values(), 2):
            for (first, known), (second, secrets) in product(holder.items(), other.items()):
                if set(known) & set(secrets):
                    yield f"{second}: must not share a secret with {first}"
