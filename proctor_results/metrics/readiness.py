"""The platform, or an operator, asks whether the service can do its work."""

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
    """`worker_seen` and `oldest_undelivered` are ages in seconds, None where there is none.

    `listening` says whether a web process has lately said that it is open for heartbeats; without one, silence locks
    nobody. `given_up` counts messages that nobody tries any more.
    """

    schema_current: bool
    worker_last_seen_seconds: float | None = None
    accepts_heartbeats: bool = False
    oldest_pending_seconds: float | None = None
    failed_delivery_count: int = 0

    @property
    def worker_is_running(self) -> bool:
        return (
            self.worker_last_seen_seconds is not None
            and self.worker_last_seen_seconds <= WORKER_TIMEOUT_SECONDS
        )

    @property
    def ready(self) -> bool:
        """Late deliveries are shown, but do not make the service unready: taking it away would not help the LMS."""
        return self.schema_current and self.worker_is_running


def check_readiness(deps: Dependencies, now: datetime) -> Readiness:
    """Raises LedgerAway where the database cannot be asked."""
    if not database_schema.is_current(deps.database):
        return Readiness(schema_current=False)
    return Readiness(
        schema_current=True,
        worker_last_seen_seconds=_age(worker_store.last_seen(deps.database), now),
        accepts_heartbeats=liveness.load(deps.database).is_alive(now),
        oldest_pending_seconds=_age(gauges_store.oldest_pending_since(deps.database), now),
        failed_delivery_count=gauges_store.count_failed(deps.database),
    )


def _age(instant: datetime | None, now: datetime) -> float | None:
    """A moment yet to come was noted before the clock was set back: as far away is as old."""
    return None if instant is None else abs((now - instant).total_seconds())
