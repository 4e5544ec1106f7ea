"""Names and describes the metrics for Prometheus. docs/operate.md lists them."""

import math
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate, product

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)

from proctor_results import __version__
from proctor_results.api.auth import REALMS
from proctor_results.metrics.counters import (
    ATTEMPT_RESULTS,
    DELIVERY_DURATION_BUCKETS,
    INF_BUCKET,
    CounterName,
)
from proctor_results.metrics.gauges_store import DELIVERY_STATES
from proctor_results.metrics.snapshot import MetricsSnapshot
from proctor_results.sessions.enums import Cause, HoldKind, Outcome, ReceiptResult

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
    """Turns a snapshot into metric families.

    Series that have not counted anything yet are 0: Prometheus' rates need a first value.
    """

    def __init__(self, snapshot: MetricsSnapshot, vendors: Labels, targets: Labels) -> None:
        self._snapshot, self._vendors, self._targets = snapshot, vendors, targets

    def collect(self) -> Iterator[Metric]:
        """Yield every family, counters first."""
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
        snapshot = self._snapshot
        worker_seconds = snapshot.worker_last_seen_seconds
        values: Mapping[str, Mapping[Labels, float]] = {
            "info": {(__version__,): 1},
            "holds_open": {(kind,): snapshot.open_holds.get(kind, 0) for kind in HoldKind},
            "deliveries": {
                **dict.fromkeys(product(self._targets, DELIVERY_STATES), 0),
                **snapshot.deliveries,
            },
            "jobs": {**dict.fromkeys(product(self._vendors, DELIVERY_STATES), 0), **snapshot.jobs},
            "oldest_undelivered_seconds": {(): snapshot.oldest_pending_seconds or 0},
            "receipts_unrecognised": {(): snapshot.unrecognised_count},
            "worker_last_seen_seconds": {
                (): math.inf if worker_seconds is None else worker_seconds
            },
            "accepting_heartbeats": {(): snapshot.accepts_heartbeats},
        }
        for name, (help_text, labels) in GAUGES.items():
            family = GaugeMetricFamily(PREFIX + name, help_text, labels=labels)
            yield _add_samples(family, values[name])

    def _samples_of(self, counter_name: CounterName) -> Mapping[Labels, float]:
        return {
            series[1:]: value
            for series, value in self._snapshot.counters.items()
            if series[0] == counter_name
        }


def _add_samples(
    family: CounterMetricFamily | GaugeMetricFamily, values: Mapping[Labels, float]
) -> Metric:
    for labels, value in values.items():
        family.add_metric(labels, value)
    return family


_BUCKET_BOUNDS = (*DELIVERY_DURATION_BUCKETS, INF_BUCKET)
