"""Web process liveness: since when heartbeats are accepted, and when the last one arrived."""

from datetime import datetime, timedelta

from proctor_results.database import models
from proctor_results.database.connection import Database
from proctor_results.database.statement import Statement
from proctor_results.dependencies import Dependencies
from proctor_results.formats.times import to_milliseconds
from proctor_results.heartbeats.timeout import LIVENESS_TIMEOUT, WebLiveness


def report_liveness(
    deps: Dependencies,
    last_heartbeat_at: datetime | None,
    now: datetime,
    *,
    heartbeat_lost: bool = False,
) -> None:
    """Record that a web process accepts heartbeats, and when the last one arrived there.

    The uninterrupted time begins again after an outage: no process reported, no heartbeat came from
    any browser, or a heartbeat could not be stored (`heartbeat_lost`). It does so, too, when the
    clock was set back: what was recorded then lies ahead. Raises DatabaseUnavailable.
    """
    config, is_ahead = deps.heartbeat_config, last_heartbeat_at and last_heartbeat_at > now
    heartbeat_at = None if is_ahead or not last_heartbeat_at else to_milliseconds(last_heartbeat_at)
    values = {
        "now": to_milliseconds(now),
        "heartbeat_lost": heartbeat_lost,
        "last_heartbeat_at": heartbeat_at,
        "outage_before": to_milliseconds(now - config.outage_threshold),
        "ahead_after": to_milliseconds(now + LIVENESS_TIMEOUT),
        "outage_gap": 2 * config.interval // timedelta(milliseconds=1),
    }
    deps.database.run_write(lambda: deps.database.fetch(_RECORD, **values))


def reset_if_in_future(database: Database, now: datetime) -> None:
    """After the clock was set back, begin the uninterrupted time again at once."""
    reset = models.WebLiveness.update(
        uninterrupted_since=now, reported_at=now, last_heartbeat_at=None
    )
    database.change(reset.where(models.WebLiveness.reported_at > now + LIVENESS_TIMEOUT))


def load(database: Database) -> WebLiveness:
    """Return since when and how lately heartbeats have been accepted."""
    row = database.select(models.WebLiveness.select())[0]
    return WebLiveness(
        uninterrupted_since=row.uninterrupted_since,
        reported_at=row.reported_at,
        last_heartbeat_at=row.last_heartbeat_at,
    )


_RECORD = Statement("""
UPDATE web_liveness SET
  uninterrupted_since = CASE
    WHEN CAST(:heartbeat_lost AS BOOLEAN) OR reported_at < :outage_before
      OR reported_at > :ahead_after THEN :now
    WHEN CAST(:last_heartbeat_at AS BIGINT) - COALESCE(last_heartbeat_at, 0) > :outage_gap THEN :now
    ELSE uninterrupted_since
  END,
  reported_at = CASE
    WHEN reported_at < :now OR reported_at > :ahead_after THEN :now ELSE reported_at
  END,
  last_heartbeat_at = CASE
    WHEN reported_at > :ahead_after THEN CAST(:last_heartbeat_at AS BIGINT)
    WHEN CAST(:last_heartbeat_at AS BIGINT) IS NULL
      OR CAST(:last_heartbeat_at AS BIGINT) < last_heartbeat_at THEN last_heartbeat_at
    ELSE CAST(:last_heartbeat_at AS BIGINT)
  END
""")
