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


SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 1024

IDLE = timedelta(hours=2)
"""Whoever has done nothing for so long is signed out. A board that refreshes itself is not somebody doing something."""

LONGEST = timedelta(hours=12)
"""Nobody stays signed in for longer."""


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How failed sign-ins are answered: so many are free, each further one doubles the wait, up to the longest."""

    free: int
    longest: timedelta

    def wait(self, failures: int) -> timedelta:
        """How long to wait after so many failures in a row."""
        beyond = failures - self.free
        return min(self.longest, timedelta(seconds=2 ** min(beyond, 32))) if beyond > 0 else timedelta()


WITH_NAMES = Patience(free=4, longest=timedelta(minutes=1))
"""Short at its longest, so that nobody can lock an operator out by guessing at their name."""

WITH_ADDRESSES = Patience(free=20, longest=timedelta(minutes=15))
"""Generous at first, because a whole office may share one address."""

FORGIVEN_AFTER = timedelta(hours=1)
"""Failures count as in a row unless so much time lies between them."""
