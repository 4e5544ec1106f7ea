"""Somebody watches: how much has happened, and how much is waiting."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from proctor_results.dependencies import Dependencies
from proctor_results.heartbeats import liveness
from proctor_results.metrics import gauges_store
from proctor_results.metrics import store as metric_store
from proctor_results.metrics.flush_counters import flush_counters
from proctor_results.metrics.gauges_store import DELIVERY_STATES
from proctor_results.metrics.store import Series
from proctor_results.sessions.enums import HoldKind
from proctor_results.worker import store as worker_store

__all__ = ["DELIVERY_STATES", "MetricsSnapshot", "collect_metrics"]


@dataclass(frozen=True, kw_only=True)
class MetricsSnapshot:
    """`counted` has added up since the ledger was made; the rest is as it is now."""

    counters: Mapping[Series, float]
    open_holds: Mapping[HoldKind, int]
    deliveries: Mapping[tuple[str, ...], int]
    unrecognised_count: int
    oldest_pending_age: timedelta | None
    worker_last_seen_age: timedelta | None
    accepts_heartbeats: bool


def collect_metrics(deps: Dependencies, now: datetime) -> MetricsSnapshot:
    """Raises LedgerAway.

    This process first writes down what it has counted itself. Were it only added to the answer, the next scrape,
    answered by another process, would show less.
    """
    flush_counters(deps)
    database = deps.database
    return MetricsSnapshot(
        counters=metric_store.read_counts(database),
        open_holds=gauges_store.count_open_holds(database),
        deliveries=gauges_store.count_deliveries(database),
        unrecognised_count=gauges_store.count_unrecognised(database),
        oldest_pending_age=_age(gauges_store.oldest_pending_since(database), now),
        worker_last_seen_age=_age(worker_store.last_seen(database), now),
        accepts_heartbeats=liveness.load(database).is_alive(now),
    )


def _age(instant: datetime | None, now: datetime) -> timedelta | None:
    """As in `check_readiness`, a moment yet to come is as old as it is far away."""
    return None if instant is None else abs(now - instant)
