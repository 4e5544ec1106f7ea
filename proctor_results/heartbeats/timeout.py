"""How often a browser must send heartbeats, and when their absence may lock an exam."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from proctor_results.sessions.model import Reason

LIVENESS_TIMEOUT = timedelta(seconds=15)
"""A web process that has not reported for so long counts as stopped."""

LIVENESS_INTERVAL = timedelta(seconds=5)
"""The longest time between two reports of a web process."""


@dataclass(frozen=True, kw_only=True)
class WebLiveness:
    """Since when web processes have accepted heartbeats without an interruption.

    `reported_at` is when one of them last reported it, `last_heartbeat_at` when any heartbeat came.
    """

    uninterrupted_since: datetime
    reported_at: datetime
    last_heartbeat_at: datetime | None

    def is_alive(self, now: datetime) -> bool:
        """Whether a process has reported lately. A report far ahead is older than the clock."""
        return abs(now - self.reported_at) <= LIVENESS_TIMEOUT


@dataclass(frozen=True, kw_only=True)
class HeartbeatConfig:
    """A heartbeat is expected every `interval`, and may be late by `grace_period`."""

    interval: timedelta = timedelta(seconds=10)
    grace_period: timedelta = timedelta(seconds=30)

    @cached_property
    def timeout(self) -> timedelta:
        """The longest allowed time between heartbeats. One exactly at its deadline is in time."""
        return self.interval + self.grace_period

    @property
    def liveness_interval(self) -> timedelta:
        """How often a web process reports: at least twice per heartbeat interval."""
        return min(LIVENESS_INTERVAL, self.interval / 2)

    @property
    def outage_threshold(self) -> timedelta:
        """The time without any report that counts as an outage: heartbeats were missed then."""
        return 2 * self.liveness_interval

    def deadline(self, now: datetime) -> datetime:
        """Return when the next heartbeat must have come, after one that came now."""
        return now + self.timeout

    def lock_cutoff(self, liveness: WebLiveness, now: datetime) -> datetime | None:
        """Return the time: sessions with an earlier deadline may be locked. None: none may be.

        An outage of ours must not lock a room full of learners. No exam is locked while no web
        process is alive, nor before every browser has had the whole allowed time since one came
        back. Where no browser has sent a heartbeat for two intervals, the fault may be ours: each
        gets the allowed time once more. Nor does time count beyond the last report of a process:
        the next report may say that a heartbeat was lost.
        """
        if not liveness.is_alive(now) or now < liveness.uninterrupted_since + self.timeout:
            return None
        if self.no_recent_heartbeats(liveness.last_heartbeat_at, now):
            return now - self.timeout
        return min(now, liveness.reported_at)

    def no_recent_heartbeats(self, last_heartbeat_at: datetime | None, now: datetime) -> bool:
        """Whether no browser has sent a heartbeat for two intervals."""
        return last_heartbeat_at is None or now - last_heartbeat_at > 2 * self.interval


def timeout_reason(
    last_heartbeat_at: datetime, now: datetime, heartbeat_config: HeartbeatConfig
) -> Reason:
    """Return why the exam is locked, in whole seconds."""
    value, limit = now - last_heartbeat_at, heartbeat_config.timeout
    return timeout_reason_from_seconds(int(value.total_seconds()), int(limit.total_seconds()))


def timeout_reason_from_seconds(value: int, limit: int) -> Reason:
    """Return the same reason from stored seconds."""
    detail = f"no heartbeat for {value} s (allowed {limit} s)"
    return Reason(rule="heartbeat_timeout", detail=detail, value=value, limit=limit)
