"""Notes that workers are alive."""

from datetime import datetime, timedelta

from proctor_results.database.connection import Database
from proctor_results.database.statement import Statement
from proctor_results.database.values import from_milliseconds, to_milliseconds

DELETE_AFTER = timedelta(days=1)
CLOCK_SKEW_LIMIT = timedelta(minutes=1)
"""Whoever was seen so far ahead has died before the clock was set back; if not, it will be seen again."""


def record_heartbeat(database: Database, name: str, now: datetime) -> None:
    """The worker is alive; forgotten are those not seen for a day, and those last seen at an hour yet to come."""
    database.fetch(_RECORD_HEARTBEAT, name=name, now=to_milliseconds(now))
    database.fetch(
        _DELETE_STALE,
        before=to_milliseconds(now - DELETE_AFTER),
        after=to_milliseconds(now + CLOCK_SKEW_LIMIT),
    )


def last_seen(database: Database) -> datetime | None:
    """When any worker was last alive."""
    latest_ms = database.fetch(_LAST_SEEN)[0][0]
    return from_milliseconds(latest_ms) if latest_ms is not None else None


def delete(database: Database, name: str) -> None:
    """The worker has ended as it should."""
    database.fetch(_DELETE, name=name)


_RECORD_HEARTBEAT = Statement("""
INSERT INTO worker (name, started_at, last_seen_at) VALUES (:name, :now, :now)
ON CONFLICT (name) DO UPDATE SET last_seen_at = excluded.last_seen_at
""")

_DELETE_STALE = Statement(
    "DELETE FROM worker WHERE last_seen_at < :before OR last_seen_at > :after"
)

_LAST_SEEN = Statement("SELECT MAX(last_seen_at) FROM worker")

_DELETE = Statement("DELETE FROM worker WHERE name = :name")
