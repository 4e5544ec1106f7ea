"""The settings as one value."""

from collections.abc import Mapping
from dataclasses import dataclass

from proctor_results.deliveries.targets.base import TargetSettings
from proctor_results.policies.model import Policy
from proctor_results.vendors.settings import VendorSettings


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
