"""How often a browser must be heard from, and when silence may lock an exam."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from proctor_results.domain.session import Reason

DEAF_AFTER = timedelta(seconds=15)
"""A front door that has not said for so long that it is open is taken as shut."""

SAY_EVERY = timedelta(seconds=5)
"""How often a door says so, at least."""


@dataclass(frozen=True, kw_only=True)
class Hearing:
    """How well we hear: since when some front door has been open without a break, when one last said so, and when any
    heartbeat at all last came."""

    since: datetime
    seen_at: datetime
    heard_at: datetime | None

    def is_open(self, now: datetime) -> bool:
        """Whether a door has lately said so. What it said long after now, it said before the clock was set back."""
        return abs(now - self.seen_at) <= DEAF_AFTER


@dataclass(frozen=True, kw_only=True)
class Rhythm:
    """A heartbeat is expected `every` so often, and awaited for `grace` longer."""

    every: timedelta = timedelta(seconds=10)
    grace: timedelta = timedelta(seconds=30)

    @property
    def allowed(self) -> timedelta:
        """The longest silence. A heartbeat landing exactly on its deadline is in time."""
        return self.every + self.grace

    @property
    def say_every(self) -> timedelta:
        """How often a door says that it is open: twice a beat, or beats would look like silences."""
        return min(SAY_EVERY, self.every / 2)

    @property
    def break_after(self) -> timedelta:
        """How long no door may say so before that is an outage: somebody was not heard then."""
        return 2 * self.say_every

    def deadline(self, now: datetime) -> datetime:
        """When the next heartbeat must have come, after one that came now."""
        return now + self.allowed

    def overdue_before(self, hearing: Hearing, now: datetime) -> datetime | None:
        """Sessions with a deadline before this moment may be locked; None where nobody may be.

        Our own outage must not lock a room full of learners. While no door is open nobody is locked, nor until
        everybody has had the whole of the allowed time since one opened. Where nothing at all has been heard from
        anybody for twice a beat, the silence may be ours, and everybody is given the allowed time once more. Nor does
        silence count beyond what a door last said: it may be about to say that it has missed somebody.
        """
        if not hearing.is_open(now) or now < hearing.since + self.allowed:
            return None
        return now - self.allowed if self.is_quiet(hearing.heard_at, now) else min(now, hearing.seen_at)

    def is_quiet(self, heard_at: datetime | None, now: datetime) -> bool:
        """Whether nothing has been heard from anybody for twice a beat."""
        return heard_at is None or now - heard_at > 2 * self.every


def silence(heard_at: datetime, now: datetime, rhythm: Rhythm) -> Reason:
    """Why an exam is locked, in whole seconds."""
    return silent_for(_seconds(now - heard_at), _seconds(rhythm.allowed))


def silent_for(measured: int, bar: int) -> Reason:
    """The same, of a silence that has been measured."""
    return Reason(rule="silence", detail=f"no heartbeat for {measured} s (allowed {bar} s)", measured=measured, bar=bar)


def _seconds(span: timedelta) -> int:
    return int(span.total_seconds())
