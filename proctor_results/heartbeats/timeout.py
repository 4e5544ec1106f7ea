"""How often a browser must be heard from, and when silence may lock an exam."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from proctor_results.sessions.model import Reason

LIVENESS_TIMEOUT = timedelta(seconds=15)
"""A front door that has not said for so long that it is open is taken as shut."""

LIVENESS_INTERVAL = timedelta(seconds=5)
"""How often a door says so, at least."""


@dataclass(frozen=True, kw_only=True)
class WebLiveness:
    """How well we hear: since when some front door has been open without a break, when one last said so, and when any
    heartbeat at all last came."""

    uninterrupted_since: datetime
    reported_at: datetime
    last_heartbeat_at: datetime | None

    def is_alive(self, now: datetime) -> bool:
        """Whether a door has lately said so. What it said long after now, it said before the clock was set back."""
        return abs(now - self.reported_at) <= LIVENESS_TIMEOUT


@dataclass(frozen=True, kw_only=True)
class HeartbeatConfig:
    """A heartbeat is expected `every` so often, and awaited for `grace` longer."""

    interval: timedelta = timedelta(seconds=10)
    grace_period: timedelta = timedelta(seconds=30)

    @property
    def timeout(self) -> timedelta:
        """The longest silence. A heartbeat landing exactly on its deadline is in time."""
        return self.interval + self.grace_period

    @property
    def liveness_interval(self) -> timedelta:
        """How often a door says that it is open: twice a beat, or beats would look like silences."""
        return min(LIVENESS_INTERVAL, self.interval / 2)

    @property
    def outage_threshold(self) -> timedelta:
        """How long no door may say so before that is an outage: somebody was not heard then."""
        return 2 * self.liveness_interval

    def deadline(self, now: datetime) -> datetime:
        """When the next heartbeat must have come, after one that came now."""
        return now + self.timeout

    def lock_cutoff(self, liveness: WebLiveness, now: datetime) -> datetime | None:
        """Sessions with a deadline before this moment may be locked; None where nobody may be.

        Our own outage must not lock a room full of learners. While no door is open nobody is locked, nor until
        everybody has had the whole of the allowed time since one opened. Where nothing at all has been heard from
        anybody for twice a beat, the silence may be ours, and everybody is given the allowed time once more. Nor does
        silence count beyond what a door last said: it may be about to say that it has missed somebody.
        """
        if not liveness.is_alive(now) or now < liveness.uninterrupted_since + self.timeout:
            return None
        return (
            now - self.timeout
            if self.no_recent_heartbeats(liveness.last_heartbeat_at, now)
            else min(now, liveness.reported_at)
        )

    def no_recent_heartbeats(self, last_heartbeat_at: datetime | None, now: datetime) -> bool:
        """Whether nothing has been heard from anybody for twice a beat."""
        return last_heartbeat_at is None or now - last_heartbeat_at > 2 * self.interval


def timeout_reason(
    last_heartbeat_at: datetime, now: datetime, heartbeat_config: HeartbeatConfig
) -> Reason:
    """Why an exam is locked, in whole seconds."""
    return timeout_reason_from_seconds(
        _seconds(now - last_heartbeat_at), _seconds(heartbeat_config.timeout)
    )


def timeout_reason_from_seconds(value: int, limit: int) -> Reason:
    """The same, of a silence that has been measured."""
    return Reason(
        rule="silence",
        detail=f"no heartbeat for {value} s (allowed {limit} s)",
        value=value,
        limit=limit,
    )


def _seconds(duration: timedelta) -> int:
    return int(duration.total_seconds())
