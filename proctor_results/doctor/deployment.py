"""Who is examined."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self
from urllib.parse import urlsplit

from proctor_results.settings.model import Settings
from proctor_results.vendors.base import Vendor

_LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """A deployment at `url`, and how it should be: the settings, vendors and script that are here."""

    url: str
    settings: Settings
    vendors: Mapping[str, Vendor]
    script_integrity: str
    now: Callable[[], datetime]

    def with_url(self, url: str) -> Self:
        """The deployment at that address. Raises ValueError where it is none."""
        parts = urlsplit(url)
        if (
            parts.scheme not in ("http", "https")
            or not parts.hostname
            or parts.port == 0
            or parts.query
        ):
            raise ValueError("not an http or https address")
        return replace(self, url=url.rstrip("/"))

    @property
    def is_confidential(self) -> bool:
        """Whether nobody on the way can read along, so that keys may be sent."""
        return self.url.startswith("https:") or urlsplit(self.url).hostname in _LOCAL_HOSTS
