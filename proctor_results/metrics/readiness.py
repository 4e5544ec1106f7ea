"""Reports to the platform and to operators whether the service can do its work."""

from dataclasses import dataclass
from datetime import datetime

from proctor_results.database import schema as database_schema
from proctor_results.dependencies import Dependencies
from proctor_results.heartbeats import liveness
from proctor_results.metrics import gauges_store
from proctor_results.worker import store as worker_store

WORKER_TIMEOUT_SECONDS = 30


@dataclass(frozen=True, kw_only=True)
class Readiness:
    """Says which parts work. Ages are in seconds; None means that there is no such thing.

    `accepts_heartbeats` says whether a web process has lately reported that it accepts heartbeats;
    without one no session is locked for silence. `failed_delivery_count` counts deliveries that
    the worker does not attempt any more.
    """

    database: bool = True
    schema_current: bool
    worker_last_seen_seconds: float | None = None
    accepts_heartbeats: bool = False
    oldest_pending_seconds: float | None = None
    failed_delivery_count: int = 0

    @property
    def worker_is_running(self) -> bool:
        age = self.worker_last_seen_seconds
        return age is not None and age <= WORKER_TIMEOUT_SECONDS

    @property
    def ready(self) -> bool:
        """Late deliveries do not count: to take the service away would not help the LMS."""
        return self.schema_current and self.worker_is_running


def check_readiness(deps: Dependencies, now: datetime) -> Readiness:
    """Ask the database. Raises DatabaseUnavailable."""
    if not database_schema.is_current(deps.database):
        return Readiness(schema_current=False)
    return Readiness(
        schema_current=True,
        worker_last_seen_seconds=seconds_since(worker_store.last_seen(deps.database), now),
        accepts_heartbeats=liveness.load(deps.database).is_alive(now),
        oldest_pending_seconds=seconds_since(gauges_store.oldest_pending_since(deps.database), now),
        failed_delivery_count=gauges_store.count_failed(deps.database),
    )


def seconds_since(instant: datetime | None, now: datetime) -> float | None:
    """Return the age; a time in the future, from before the clock was set back, counts alike."""
    return None if instant is None else abs((now - instant).total_seconds())
