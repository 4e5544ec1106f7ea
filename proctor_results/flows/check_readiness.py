"""The platform, or an operator, asks whether the service can do its work."""

from dataclasses import dataclass
from datetime import datetime

from proctor_results.flows.house import House
from proctor_results.store import health, hearing, schema, workers

WORKER_SILENT_AFTER = 30


@dataclass(frozen=True, kw_only=True)
class Readiness:
    """`worker_seen` and `oldest_undelivered` are ages in seconds, None where there is none.

    `listening` says whether a web process has lately said that it is open for heartbeats; without one, silence locks
    nobody. `given_up` counts messages that nobody tries any more.
    """

    schema_current: bool
    worker_seen: float | None = None
    listening: bool = False
    oldest_undelivered: float | None = None
    given_up: int = 0

    @property
    def worker_alive(self) -> bool:
        return self.worker_seen is not None and self.worker_seen <= WORKER_SILENT_AFTER

    @property
    def ready(self) -> bool:
        """Late deliveries are shown, but do not make the service unready: taking it away would not help the LMS."""
        return self.schema_current and self.worker_alive


def check_readiness(house: House, now: datetime) -> Readiness:
    """Raises LedgerAway where the database cannot be asked."""
    if not schema.is_current(house.ledger):
        return Readiness(schema_current=False)
    return Readiness(
        schema_current=True,
        worker_seen=_age(workers.last_seen(house.ledger), now),
        listening=hearing.state(house.ledger).is_open(now),
        oldest_undelivered=_age(health.oldest_undelivered(house.ledger), now),
        given_up=health.given_up(house.ledger),
    )


def _age(moment: datetime | None, now: datetime) -> float | None:
    """A moment yet to come was noted before the clock was set back: as far away is as old."""
    return None if moment is None else abs((now - moment).total_seconds())
