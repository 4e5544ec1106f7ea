"""The deployment that the doctor checks."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self, TypeVar
from urllib.parse import urlsplit

from proctor_results.settings.model import Settings
from proctor_results.vendors.base import Vendor

Key = TypeVar("Key")


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """A deployment at `url`, with the settings, vendors and script that it should have."""

    url: str
    settings: Settings
    vendors: Mapping[str, Vendor]
    script_integrity: str
    now: Callable[[], datetime]

    def with_url(self, url: str) -> Self:
        """Return the deployment at the URL. Raises ValueError for an unusable URL."""
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
        """Whether the connection is encrypted or local, so that keys may be sent."""
        is_local = urlsplit(self.url).hostname in ("localhost", "127.0.0.1", "::1")
        return self.url.startswith("https:") or is_local

    def numbered_keys(self, keys: Iterable[Key]) -> Iterator[tuple[int, Key]]:
        """Number the keys as in the setting; none may be sent without TLS."""
        yield from enumerate(keys if self.is_confidential else (), 1)
