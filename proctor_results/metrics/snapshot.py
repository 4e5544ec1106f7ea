"""Collects the numbers behind `GET /metrics`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from proctor_results.dependencies import Dependencies
from proctor_results.heartbeats import liveness
from proctor_results.metrics import counters_store, gauges_store
from proctor_results.metrics.counters_store import Series
from proctor_results.metrics.readiness import seconds_since
from proctor_results.sessions.enums import HoldKind
from proctor_results.worker import store as worker_store


@dataclass(frozen=True, kw_only=True)
class MetricsSnapshot:
    """`counters` only ever grow; the rest is as it is now. Ages are in seconds."""

    counters: Mapping[Series, float]
    open_holds: Mapping[HoldKind, int]
    deliveries: Mapping[tuple[str, ...], int]
    jobs: Mapping[tuple[str, ...], int]
    unrecognised_count: int
    oldest_pending_seconds: float | None
    worker_last_seen_seconds: float | None
    accepts_heartbeats: bool


def collect_metrics(deps: Dependencies, now: datetime) -> MetricsSnapshot:
    """Flush this process's counters, then read everything. Raises DatabaseUnavailable.

    If its counts were only added to the answer, the next scrape, which another process may
    answer, would show less.
    """
    database = deps.database
    deps.counters.flush(database)
    return MetricsSnapshot(
        counters=counters_store.read_counts(database),
        open_holds=gauges_store.count_open_holds(database),
        deliveries=gauges_store.count_deliveries(database),
        jobs=gauges_store.count_jobs(database),
        unrecognised_count=gauges_store.count_unrecognised(database),
        oldest_pending_seconds=seconds_since(gauges_store.oldest_pending_since(database), now),
        worker_last_seen_seconds=seconds_since(worker_store.last_seen(database), now),
        accepts_heartbeats=liveness.load(database).is_alive(now),
    )
