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
VALID_FOR = timedelta(hours=24)
LONGEST = 2048
MOST_REMEMBERED = 10_000
MOST_LAUNCHES = 2**31 - 1
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
    def key(self) -> bytes:
        """What signs: a key for this use alone, as long as HS256 wants it (RFC 7518, 3.2)."""
        return hashlib.sha256(b"launch tokens:" + self.secret.encode()).digest()

    def make(self, launch: Launch, now: datetime) -> str:
        """A token for one launch, good for a day."""
        claims = {
            "sub": launch.identifier,
            "launch": launch.number,
            "aud": AUDIENCE,
            "iat": now,
            "exp": now + VALID_FOR,
        }
        return jwt.encode(claims, self.key, algorithm="HS256")

    def read(self, token: str, now: datetime) -> Launch | None:
        """The launch of a good token. The clock is ours, so that time is the one that the rest of the request sees."""
        if not self.secret or len(token) > LONGEST:
            return None
        try:
            identifier, number, expires = self._signed(token)
        except (jwt.InvalidTokenError, ValueError):  # half a surrogate pair is not even a token
            return None
        good = type(number) is int and 0 < number <= MOST_LAUNCHES and isinstance(expires, int)
        good = good and now.timestamp() < expires
        return Launch(identifier=identifier, number=number) if good else None

    @cached_property
    def _signed(self) -> Callable[[str], tuple[Any, Any, Any]]:
        """What a token says, if we have signed it: that it was, can be remembered. Raises what jwt raises.

        A browser sends the same token every few seconds, and to verify it costs more than to move the deadline. Tokens
        that we have not signed raise, and so take no place here.
        """
        return lru_cache(MOST_REMEMBERED)(self._verified)

    def _verified(self, token: str) -> tuple[Any, Any, Any]:
        claims = jwt.decode(token, self.key, algorithms=["HS256"], audience=AUDIENCE, options=_CHECKED_HERE)
        return claims["sub"], claims["launch"], claims["exp"]


_CHECKED_HERE: Options = {"verify_exp": False, "verify_iat": False, "require": ["sub", "launch", "aud", "exp"]}
