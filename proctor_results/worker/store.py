"""Which worker processes run, and when each last reported."""

from datetime import datetime, timedelta

from peewee import EXCLUDED, ModelDelete, fn

from proctor_results.database.connection import Database
from proctor_results.database.models import Worker

DELETE_AFTER = timedelta(days=1)
CLOCK_SKEW_LIMIT = timedelta(minutes=1)
"""A worker last seen further in the future stopped before the clock was set back."""


def record_heartbeat(database: Database, name: str, now: datetime) -> None:
    """Record that the worker runs, and delete workers not seen for a day."""
    database.change(
        Worker.insert(name=name, started_at=now, last_seen_at=now).on_conflict(
            conflict_target=[Worker.name], update={"last_seen_at": EXCLUDED.last_seen_at}
        )
    )
    is_old = Worker.last_seen_at < now - DELETE_AFTER
    is_ahead = Worker.last_seen_at > now + CLOCK_SKEW_LIMIT
    database.change(ModelDelete(Worker).where(is_old | is_ahead))


def last_seen(database: Database) -> datetime | None:
    """Return when any worker last reported."""
    query = Worker.select(fn.MAX(Worker.last_seen_at)).tuples()
    last_seen_at: datetime | None = database.select(query)[0][0]
    return last_seen_at


def delete(database: Database, name: str) -> None:
    database.change(ModelDelete(Worker).where(Worker.name == name))
