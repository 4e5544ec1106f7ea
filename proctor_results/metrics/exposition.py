"""Names and describes the metrics for Prometheus. docs/operate.md lists them."""

import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import accumulate, product

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)

from proctor_results import __version__
from proctor_results.api.auth import REALMS
from proctor_results.dependencies import Dependencies
from proctor_results.heartbeats import liveness
from proctor_results.metrics import counters_store, gauges_store
from proctor_results.metrics.counters import (
    ATTEMPT_RESULTS,
    DELIVERY_DURATION_BUCKETS,
    INF_BUCKET,
    CounterName,
)
from proctor_results.metrics.readiness import seconds_since
from proctor_results.sessions.enums import Cause, HoldKind, Outcome, ReceiptResult
from proctor_results.worker import store as worker_store

Labels = tuple[str, ...]

PREFIX = "proctor_results_"

COUNTERS: Mapping[CounterName, tuple[str, Labels]] = {
    CounterName.RECEIPTS: ("Stored requests, by result.", ("vendor", "result")),
    CounterName.DECISIONS: ("Changes of an outcome or of open holds, by cause.", ("cause",)),
    CounterName.OUTCOMES: ("Outcomes decided, including revisions.", ("outcome",)),
    CounterName.HOLDS_OPENED: ("Holds opened.", ("kind",)),
    CounterName.HOLDS_CLOSED: ("Holds closed.", ("kind",)),
    CounterName.ATTEMPTS: ("Attempts to deliver.", ("target", "result")),
    CounterName.AUTH_FAILURES: ("Requests without a valid key or token.", ("realm",)),
    CounterName.REPORTS_AFTER_ERASURE: (
        "Reports about sessions that were erased or pruned; they are not stored.",
        (),
    ),
}

GAUGES: Mapping[str, tuple[str, Labels]] = {
    "info": ("Always 1; the version is a label.", ("version",)),
    "holds_open": ("Holds that are open now.", ("kind",)),
    "deliveries": ("Pending deliveries, by state.", ("target", "state")),
    "jobs": ("Pending outbound work for vendors, by state.", ("vendor", "state")),
    "oldest_undelivered_seconds": ("Age of the oldest pending delivery; 0 without one.", ()),
    "receipts_unrecognised": ("Receipts with a status that this version does not know.", ()),
    "worker_last_seen_seconds": ("Seconds since a worker last reported; +Inf without one.", ()),
    "accepting_heartbeats": (
        "1 while heartbeats are accepted; else no session is locked for silence.",
        (),
    ),
}

DELIVERY_DURATION = ("delivery_duration_seconds", "Duration of calls to a target.", ("target",))


class PrometheusCollector:
    """Reads the counts of all processes, and what is open or pending now, as metric families.

    Series that have not counted anything yet are 0: Prometheus' rates need a first value.
    """

    def __init__(self, deps: Dependencies, vendors: Labels, now: datetime) -> None:
        self._deps, self._vendors, self._now = deps, vendors, now
        self._targets = tuple(target.name for target in deps.targets)

    def collect(self) -> Iterator[Metric]:
        """Flush this process's counters, then yield every family. Raises DatabaseUnavailable.

        If its counts were only added to the answer, the next scrape, which another process may
        answer, would show less.
        """
        self._deps.counters.flush(self._deps.database)
        self._stored_counts = counters_store.read_counts(self._deps.database)
        yield from self._counters()
        yield self._delivery_durations()
        yield from self._gauges()

    def _counters(self) -> Iterator[Metric]:
        expected: Mapping[CounterName, Iterable[Labels]] = {
            CounterName.RECEIPTS: product((*self._vendors, "browser"), ReceiptResult),
            CounterName.DECISIONS: product(Cause),
            CounterName.OUTCOMES: product(Outcome),
            CounterName.HOLDS_OPENED: product(HoldKind),
            CounterName.HOLDS_CLOSED: product(HoldKind),
            CounterName.ATTEMPTS: product(self._targets, ATTEMPT_RESULTS),
            CounterName.AUTH_FAILURES: product(REALMS),
            CounterName.REPORTS_AFTER_ERASURE: [()],
        }
        for counter_name, (help_text, labels) in COUNTERS.items():
            family = CounterMetricFamily(PREFIX + counter_name, help_text, labels=labels)
            zeros = dict.fromkeys(expected[counter_name], 0)
            yield _add_samples(family, {**zeros, **self._samples_of(counter_name)})

    def _delivery_durations(self) -> Metric:
        name, help_text, labels = DELIVERY_DURATION
        family = HistogramMetricFamily(PREFIX + name, help_text, labels=labels)
        bucket_counts = self._samples_of(CounterName.DELIVERY_DURATIONS)
        total_seconds = self._samples_of(CounterName.DELIVERY_DURATION_SECONDS)
        for target in sorted({*self._targets, *(target for (target,) in total_seconds)}):
            counts = (bucket_counts.get((target, bound), 0) for bound in _BUCKET_BOUNDS)
            buckets = list(zip(_BUCKET_BOUNDS, accumulate(counts), strict=True))
            family.add_metric([target], buckets, total_seconds.get((target,), 0))
        return family

    def _gauges(self) -> Iterator[Metric]:
        database, now = self._deps.database, self._now
        open_holds = gauges_store.count_open_holds(database)
        worker_seconds = seconds_since(worker_store.last_seen(database), now)
        pending_seconds = seconds_since(gauges_store.oldest_pending_since(database), now)
        values: Mapping[str, Mapping[Labels, float]] = {
            "info": {(__version__,): 1},
            "holds_open": {(kind,): open_holds.get(kind, 0) for kind in HoldKind},
            "deliveries": {
                **dict.fromkeys(product(self._targets, gauges_store.DELIVERY_STATES), 0),
                **gauges_store.count_deliveries(database),
            },
            "jobs": {
                **dict.fromkeys(product(self._vendors, gauges_store.DELIVERY_STATES), 0),
                **gauges_store.count_jobs(database),
            },
            "oldest_undelivered_seconds": {(): pending_seconds or 0},
            "receipts_unrecognised": {(): gauges_store.count_unrecognised(database)},
            "worker_last_seen_seconds": {
                (): math.inf if worker_seconds is None else worker_seconds
            },
            "accepting_heartbeats": {(): liveness.load(database).is_alive(now)},
        }
        for name, (help_text, labels) in GAUGES.items():
            family = GaugeMetricFamily(PREFIX + name, help_text, labels=labels)
            yield _add_samples(family, values[name])

    def _samples_of(self, counter_name: CounterName) -> Mapping[Labels, float]:
        return {
            series[1:]: value
            for series, value in self._stored_counts.items()
            if series[0] == counter_name
        }


def _add_samples(
    family: CounterMetricFamily | GaugeMetricFamily, values: Mapping[Labels, float]
) -> Metric:
    for labels, value in values.items():
        family.add_metric(labels, value)
    return family


_BUCKET_BOUNDS = (*DELIVERY_DURATION_BUCKETS, INF_BUCKET)
