"""Tokens with which a learner's browser proves its launch (RFC 7519, HS256)."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from typing import Any

import jwt
from jwt.types import Options

AUDIENCE = "proctor-results/browser"
LAUNCH_TOKEN_LIFETIME = timedelta(hours=24)
MAX_TOKEN_LENGTH = 2048
TOKEN_CACHE_SIZE = 10_000
MAX_LAUNCH_NUMBER = 2**31 - 1
"""The largest integer that every database can store."""


@dataclass(frozen=True, kw_only=True)
class Launch:
    """The session and the number of the launch that a browser belongs to."""

    identifier: str
    number: int


@dataclass(frozen=True, kw_only=True)
class LaunchTokens:
    """Issues and verifies launch tokens; without a secret no token is valid."""

    secret: str

    @cached_property
    def signing_key(self) -> bytes:
        """The HS256 key, derived for this use only, of the length that RFC 7518, 3.2 requires."""
        return hashlib.sha256(b"launch tokens:" + self.secret.encode()).digest()

    def issue(self, launch: Launch, now: datetime) -> str:
        """Return a token for one launch; it is valid for a day."""
        claims = {
            "sub": launch.identifier,
            "launch": launch.number,
            "aud": AUDIENCE,
            "iat": now,
            "exp": now + LAUNCH_TOKEN_LIFETIME,
        }
        return jwt.encode(claims, self.signing_key, algorithm="HS256")

    def verify(self, token: str, now: datetime) -> Launch | None:
        """Return the launch of a valid token, else None. Expiry is checked against `now`."""
        if not self.secret or len(token) > MAX_TOKEN_LENGTH:
            return None
        try:
            identifier, number, expires = self._cached_claims(token)
        except (jwt.InvalidTokenError, ValueError):  # a lone surrogate cannot be encoded
            return None
        is_valid = (
            type(number) is int and 0 < number <= MAX_LAUNCH_NUMBER and isinstance(expires, int)
        )
        is_valid = is_valid and now.timestamp() < expires
        return Launch(identifier=identifier, number=number) if is_valid else None

    @cached_property
    def _cached_claims(self) -> Callable[[str], tuple[Any, Any, Any]]:
        """Return a cached function that verifies a token and returns its claims.

        A browser sends the same token every few seconds, and verifying it costs more than the
        write of the heartbeat. Tokens with a bad signature raise, and so are not cached.
        """
        return lru_cache(TOKEN_CACHE_SIZE)(self._decode)

    def _decode(self, token: str) -> tuple[Any, Any, Any]:
        claims = jwt.decode(
            token,
            self.signing_key,
            algorithms=["HS256"],
            audience=AUDIENCE,
            options=_DECODE_OPTIONS,
        )
        return claims["sub"], claims["launch"], claims["exp"]


_DECODE_OPTIONS: Options = {
    "verify_exp": False,
    "verify_iat": False,
    "require": ["sub", "launch", "aud", "exp"],
}
