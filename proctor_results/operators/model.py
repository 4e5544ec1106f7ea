"""Operators and their roles, and how long a sign-in lasts and failed attempts are delayed."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum


class Role(StrEnum):
    """A viewer reads everything; a reviewer also acts: holds, releases, overrides, sends again."""

    VIEWER = "viewer"
    REVIEWER = "reviewer"


@dataclass(frozen=True, kw_only=True)
class Operator:
    """A person who may sign in."""

    name: str
    role: Role

    @property
    def may_act(self) -> bool:
        return self.role is Role.REVIEWER


@dataclass(frozen=True, kw_only=True)
class StoredOperator(Operator):
    """An operator with the hash of their password."""

    password_hash: str = field(repr=False)
    added_at: datetime


@dataclass(frozen=True, kw_only=True)
class SignedInOperator(Operator):
    """The user of Flask-Login: the operator who belongs to the token in the browser's cookie."""

    token: str = field(repr=False)
    is_authenticated = True
    is_active = True

    def get_id(self) -> str:
        """Return the token, so that removing its row in the database ends the sign-in."""
        return self.token


MIN_PASSWORD_LENGTH = 12
MAX_PASSWORD_LENGTH = 1024

IDLE_TIMEOUT = timedelta(hours=2)
"""A sign-in ends after this time without a request; automatic refreshes do not count."""

MAX_SIGN_IN = timedelta(hours=12)
"""A sign-in ends after this time in any case."""


@dataclass(frozen=True, kw_only=True)
class LoginThrottle:
    """The delay after failed sign-ins: none for the first, then doubled up to the maximum."""

    free_attempts: int
    max_delay: timedelta

    def delay_after(self, failure_count: int) -> timedelta:
        excess = failure_count - self.free_attempts
        return (
            min(self.max_delay, timedelta(seconds=2 ** min(excess, 32)))
            if excess > 0
            else timedelta()
        )


NAME_THROTTLE = LoginThrottle(free_attempts=4, max_delay=timedelta(minutes=1))
"""Short at most, so that an attacker who guesses at a name cannot lock its operator out."""

ADDRESS_THROTTLE = LoginThrottle(free_attempts=20, max_delay=timedelta(minutes=15))
"""Generous at first, because a whole office may share one address."""

THROTTLE_RESET_AFTER = timedelta(hours=1)
"""Failures are forgotten when none has followed for this time."""
