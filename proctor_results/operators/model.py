"""People who work with the dashboard: what they may do, and how long whoever guesses at their passwords must wait."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Role(StrEnum):
    """A viewer reads everything; a reviewer also acts: holds, releases, sends again."""

    VIEWER = "viewer"
    REVIEWER = "reviewer"


@dataclass(frozen=True, kw_only=True)
class Operator:
    """Who is signed in."""

    name: str
    role: Role

    @property
    def may_act(self) -> bool:
        return self.role is Role.REVIEWER


MIN_PASSWORD_LENGTH = 12
MAX_PASSWORD_LENGTH = 1024

IDLE_TIMEOUT = timedelta(hours=2)
"""Whoever has done nothing for so long is signed out. A board that refreshes itself is not somebody doing something."""

MAX_SIGN_IN = timedelta(hours=12)
"""Nobody stays signed in for longer."""


@dataclass(frozen=True, kw_only=True)
class LoginThrottle:
    """How failed sign-ins are answered: so many are free, each further one doubles the wait, up to the longest."""

    free_attempts: int
    max_delay: timedelta

    def delay_after(self, failures: int) -> timedelta:
        """How long to wait after so many failures in a row."""
        excess_failures = failures - self.free_attempts
        return (
            min(self.max_delay, timedelta(seconds=2 ** min(excess_failures, 32)))
            if excess_failures > 0
            else timedelta()
        )


NAME_THROTTLE = LoginThrottle(free_attempts=4, max_delay=timedelta(minutes=1))
"""Short at its longest, so that nobody can lock an operator out by guessing at their name."""

ADDRESS_THROTTLE = LoginThrottle(free_attempts=20, max_delay=timedelta(minutes=15))
"""Generous at first, because a whole office may share one address."""

THROTTLE_RESET_AFTER = timedelta(hours=1)
"""Failures count as in a row unless so much time lies between them."""
