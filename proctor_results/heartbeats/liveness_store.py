"""Notes that a front door is open, and that something was heard there."""

from datetime import datetime

from proctor_results.database.connection import Database
from proctor_results.database.statement import Statement
from proctor_results.database.values import from_milliseconds, to_milliseconds
from proctor_results.heartbeats.timeout import (
    LIVENESS_TIMEOUT,
    HeartbeatConfig,
    WebLiveness,
)


def record(
    database: Database,
    last_heartbeat_at: datetime | None,
    heartbeat_config: HeartbeatConfig,
    now: datetime,
    *,
    heartbeat_lost: bool,
) -> None:
    """A front door is open; `heard_at` is when a heartbeat last came to it, `missed` whether one could not be kept.

    After a time in which no door was open, or nothing was heard from anybody, hearing begins anew, and so it does after
    a miss. And when the clock is set back: what was noted is then ahead of it, and says nothing.
    """
    database.fetch(
        _RECORD,
        now=to_milliseconds(now),
        heartbeat_lost=heartbeat_lost,
        last_heartbeat_at=None
        if last_heartbeat_at is None or last_heartbeat_at > now
        else to_milliseconds(last_heartbeat_at),
        outage_before=to_milliseconds(now - heartbeat_config.outage_threshold),
        ahead_after=to_milliseconds(now + LIVENESS_TIMEOUT),
        outage_gap=2 * heartbeat_config.interval // _MILLISECOND,
    )


def reset_if_in_future(database: Database, now: datetime) -> None:
    """After the clock was set back, hearing begins anew, whether a door has said so yet or not."""
    database.fetch(
        _RESET, now=to_milliseconds(now), ahead_after=to_milliseconds(now + LIVENESS_TIMEOUT)
    )


def load(database: Database) -> WebLiveness:
    """How well we hear."""
    uninterrupted_since, reported_at, last_heartbeat_ms = database.fetch(_LOAD)[0]
    last_heartbeat_at = None if last_heartbeat_ms is None else from_milliseconds(last_heartbeat_ms)
    return WebLiveness(
        uninterrupted_since=from_milliseconds(uninterrupted_since),
        reported_at=from_milliseconds(reported_at),
        last_heartbeat_at=last_heartbeat_at,
    )


_MILLISECOND = from_milliseconds(1) - from_milliseconds(0)

_RECORD = Statement("""
UPDATE web_liveness SET
  uninterrupted_since = CASE
    WHEN CAST(:heartbeat_lost AS BOOLEAN) OR reported_at < :outage_before OR reported_at > :ahead_after THEN :now
    WHEN CAST(:last_heartbeat_at AS BIGINT) - COALESCE(last_heartbeat_at, 0) > :outage_gap THEN :now
    ELSE uninterrupted_since
  END,
  reported_at = CASE WHEN reported_at < :now OR reported_at > :ahead_after THEN :now ELSE reported_at END,
  last_heartbeat_at = CASE
    WHEN reported_at > :ahead_after THEN CAST(:last_heartbeat_at AS BIGINT)
    WHEN CAST(:last_heartbeat_at AS BIGINT) IS NULL OR CAST(:last_heartbeat_at AS BIGINT) < last_heartbeat_at THEN last_heartbeat_at
    ELSE CAST(:last_heartbeat_at AS BIGINT)
  END
""")

_RESET = Statement(
    "UPDATE web_liveness SET uninterrupted_since = :now, reported_at = :now, last_heartbeat_at = NULL WHERE reported_at > :ahead_after"
)

_LOAD = Statement("SELECT uninterrupted_since, reported_at, last_heartbeat_at FROM web_liveness")
