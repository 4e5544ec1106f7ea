"""The part of a vendor's own settings that the rest of the service uses."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class ServiceContext:
    """The settings of the service that a vendor's settings depend on."""

    public_url: str
    secret_key: str
    allow_http: bool

    @property
    def needed_to_launch(self) -> Mapping[str, str]:
        """Return, by setting, what any vendor needs so that learners can be launched."""
        return {"SECRET_KEY": self.secret_key, "PUBLIC_URL": self.public_url}


class VendorSettings(Protocol):
    """A vendor's own settings, read in its folder."""

    @property
    def secrets(self) -> Mapping[str, tuple[str, ...]]:
        """Return, by setting, the secrets in use: no two settings may share one."""
        ...

    def errors(self, service: ServiceContext) -> Iterator[str]:
        """Yield what the settings lack together, each beginning with the setting to change."""
        ...


SecretCheck = Callable[[str], None]
"""Checks the secrets in a setting. Raises ValidationError."""
