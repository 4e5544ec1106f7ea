"""Tokens that a learner's browser proves its launch with (RFC 7519, HS256)."""

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
"""What every database can count to."""


@dataclass(frozen=True, kw_only=True)
class Launch:
    """Which session a browser speaks for, and by which launch."""

    identifier: str
    number: int


@dataclass(frozen=True, kw_only=True)
class LaunchTokens:
    """Makes and reads the tokens; without a secret nobody gets one, and none is good."""

    secret: str

    @cached_property
    def signing_key(self) -> bytes:
        """What signs: a key for this use alone, as long as HS256 wants it (RFC 7518, 3.2)."""
        return hashlib.sha256(b"launch tokens:" + self.secret.encode()).digest()

    def issue(self, launch: Launch, now: datetime) -> str:
        """A token for one launch, good for a day."""
        claims = {
            "sub": launch.identifier,
            "launch": launch.number,
            "aud": AUDIENCE,
            "iat": now,
            "exp": now + LAUNCH_TOKEN_LIFETIME,
        }
        return jwt.encode(claims, self.signing_key, algorithm="HS256")

    def verify(self, token: str, now: datetime) -> Launch | None:
        """The launch of a good token. The clock is ours, so that time is the one that the rest of the request sees."""
        if not self.secret or len(token) > MAX_TOKEN_LENGTH:
            return None
        try:
            identifier, number, expires = self._cached_claims(token)
        except (jwt.InvalidTokenError, ValueError):  # half a surrogate pair is not even a token
            return None
        is_valid = (
            type(number) is int and 0 < number <= MAX_LAUNCH_NUMBER and isinstance(expires, int)
        )
        is_valid = is_valid and now.timestamp() < expires
        return Launch(identifier=identifier, number=number) if is_valid else None

    @cached_property
    def _cached_claims(self) -> Callable[[str], tuple[Any, Any, Any]]:
        """What a token says, if we have signed it: that it was, can be remembered. Raises what jwt raises.

        A browser sends the same token every few seconds, and to verify it costs more than to move the deadline. Tokens
        that we have not signed raise, and so take no place here.
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
