"""Compares presented keys with those of the settings."""

import hashlib
import hmac
from collections.abc import Iterable


class ApiKeySet:
    """Keys of which any one authenticates. Comparing takes the same time for every key."""

    def __init__(self, keys: Iterable[str]) -> None:
        self._digests = [_digest(key) for key in keys]

    def key_id(self, presented_key: str | None) -> str | None:
        """Return a short public id of the key, or None where it is wrong."""
        digest = _digest(presented_key or "")
        matches = [
            known_digest
            for known_digest in self._digests
            if hmac.compare_digest(known_digest, digest)
        ]
        return matches[0].hex()[:8] if matches else None


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).digest()
