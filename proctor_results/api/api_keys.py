"""Keys by which the LMS, vendors and Prometheus authenticate."""

import hashlib
import hmac
from collections.abc import Iterable


class ApiKeySet:
    """Keys, any of which is accepted. Comparing takes the same time, right or wrong."""

    def __init__(self, keys: Iterable[str]) -> None:
        self._digests = [key_sha256(key) for key in keys]

    def key_id(self, presented_key: str | None) -> str | None:
        """Return the public name of the key, or None where it is none of these."""
        digest = key_sha256(presented_key or "")
        matches = [known for known in self._digests if hmac.compare_digest(known, digest)]
        return short_name(matches[0]) if matches else None


def short_name(digest: bytes) -> str:
    """Return a name for a key that can be shown and stored."""
    return digest.hex()[:8]


def key_sha256(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).digest()
