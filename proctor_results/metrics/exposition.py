"""The metrics by their names: what each says, and by which labels. docs/operate.md has them all, too."""

import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from itertools import product

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
from proctor_results.metrics.snapshot import DELIVERY_STATES, MetricsSnapshot
from proctor_results.sessions.enums import Cause, HoldKind, Outcome, ReceiptResult

Labels = tuple[str, ...]

PREFIX = "proctor_results_"

COUNTERS: Mapping[CounterName, tuple[str, Labels]] = {
    CounterName.RECEIPTS: (
        "Requests kept as receipts, by what became of them.",
        ("vendor", "verdict"),
    ),
    CounterName.DECISIONS: (
        "Changes of an outcome or of open holds, by what brought them about.",
        ("cause",),
    ),
    CounterName.OUTCOMES: ("Outcomes decided, revised ones again.", ("outcome",)),
    CounterName.HOLDS_OPENED: ("Holds opened.", ("kind",)),
    CounterName.HOLDS_CLOSED: ("Holds closed.", ("kind",)),
    CounterName.ATTEMPTS: ("Tries to tell a target something.", ("target", "result")),
    CounterName.AUTH_FAILURES: ("Requests turned away for want of a key or token.", ("door",)),
    CounterName.REPORTS_AFTER_ERASURE: (
        "Reports about sessions that were erased or pruned; they are not kept.",
        (),
    ),
}

GAUGES: Mapping[str, tuple[str, Labels]] = {
    "info": ("Always 1; the version is a label.", ("version",)),
    "holds_open": ("Holds that are open now.", ("kind",)),
    "deliveries": (
        "Messages that a target does not have yet, by how they stand.",
        ("target", "state"),
    ),
    "oldest_undelivered_seconds": (
        "For how long the oldest undelivered message has been due; 0 without one.",
        (),
    ),
    "receipts_unrecognised": ("Receipts with a status that nobody knows yet.", ()),
    "worker_last_seen_seconds": (
        "For how long no worker has been seen; +Inf where none is at work.",
        (),
    ),
    "accepting_heartbeats": ("1 while heartbeats are listened for; else silence locks nobody.", ()),
}

DELIVERY_DURATION = ("delivery_duration_seconds", "How long calls to a target took.", ("target",))


class PrometheusCollector:
    """The stock in the shape that the library writes. What has not happened yet is 0: a rate needs a beginning."""

    def __init__(self, snapshot: MetricsSnapshot, vendors: Labels, targets: Labels) -> None:
        self._snapshot, self._vendors, self._targets = snapshot, vendors, targets

    def collect(self) -> Iterator[Metric]:
        """Every family, counters first."""
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
            yield _add_samples(
                family,
                {**dict.fromkeys(expected[counter_name], 0), **self._samples_of(counter_name)},
            )

    def _delivery_durations(self) -> Metric:
        name, help_text, labels = DELIVERY_DURATION
        family = HistogramMetricFamily(PREFIX + name, help_text, labels=labels)
        bucket_counts, total_seconds = (
            self._samples_of(CounterName.DELIVERY_DURATIONS),
            self._samples_of(CounterName.DELIVERY_DURATION_SECONDS),
        )
        for target in sorted({*self._targets, *(target for (target,) in total_seconds)}):
            family.add_metric(
                [target],
                _cumulative_buckets(bucket_counts, target),
                total_seconds.get((target,), 0),
            )
        return family

    def _gauges(self) -> Iterator[Metric]:
        snapshot = self._snapshot
        values: Mapping[str, Mapping[Labels, float]] = {
            "info": {(__version__,): 1},
            "holds_open": {(kind,): snapshot.open_holds.get(kind, 0) for kind in HoldKind},
            "deliveries": {
                **dict.fromkeys(product(self._targets, DELIVERY_STATES), 0),
                **snapshot.deliveries,
            },
            "oldest_undelivered_seconds": {
                (): _seconds_or_default(snapshot.oldest_pending_age, default=0)
            },
            "receipts_unrecognised": {(): snapshot.unrecognised_count},
            "worker_last_seen_seconds": {
                (): _seconds_or_default(snapshot.worker_last_seen_age, default=math.inf)
            },
            "accepting_heartbeats": {(): snapshot.accepts_heartbeats},
        }
        for name, (help_text, labels) in GAUGES.items():
            yield _add_samples(
                GaugeMetricFamily(PREFIX + name, help_text, labels=labels), values[name]
            )

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


def _cumulative_buckets(
    bucket_counts: Mapping[Labels, float], target: str
) -> list[tuple[str, float]]:
    """How many were at most so long, for each bound."""
    buckets, cumulative_count = [], 0.0
    for upper_bound in (*DELIVERY_DURATION_BUCKETS, INF_BUCKET):
        cumulative_count += bucket_counts.get((target, upper_bound), 0)
        buckets.append((upper_bound, cumulative_count))
    return buckets


def _seconds_or_default(duration: timedelta | None, *, default: float) -> float:
    return default if duration is None else duration.total_seconds()
