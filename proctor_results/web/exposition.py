"""The metrics by their names: what each says, and by which labels. docs/operate.md has them all, too."""

import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from itertools import product

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

from proctor_results import __version__
from proctor_results.domain.words import Cause, HoldKind, Outcome, ReceiptVerdict
from proctor_results.flows.take_stock import STATES, Stock
from proctor_results.flows.tally import BEYOND, PUSH_BUCKETS, RESULTS, Counted
from proctor_results.web.guards import DOORS

Labels = tuple[str, ...]

PREFIX = "proctor_results_"

COUNTERS: Mapping[Counted, tuple[str, Labels]] = {
    Counted.RECEIPTS: ("Requests kept as receipts, by what became of them.", ("vendor", "verdict")),
    Counted.DECISIONS: ("Changes of an outcome or of open holds, by what brought them about.", ("cause",)),
    Counted.OUTCOMES: ("Outcomes decided, revised ones again.", ("outcome",)),
    Counted.HOLDS_OPENED: ("Holds opened.", ("kind",)),
    Counted.HOLDS_CLOSED: ("Holds closed.", ("kind",)),
    Counted.ATTEMPTS: ("Tries to tell a target something.", ("target", "result")),
    Counted.AUTH_FAILURES: ("Requests turned away for want of a key or token.", ("door",)),
    Counted.AFTER_ERASURE: ("Reports about sessions that were erased or pruned; they are not kept.", ()),
}

GAUGES: Mapping[str, tuple[str, Labels]] = {
    "info": ("Always 1; the version is a label.", ("version",)),
    "holds_open": ("Holds that are open now.", ("kind",)),
    "deliveries": ("Messages that a target does not have yet, by how they stand.", ("target", "state")),
    "oldest_undelivered_seconds": ("For how long the oldest undelivered message has been due; 0 without one.", ()),
    "receipts_unrecognised": ("Receipts with a status that nobody knows yet.", ()),
    "worker_silent_seconds": ("For how long no worker has been seen; +Inf where none is at work.", ()),
    "listening": ("1 while heartbeats are listened for; else silence locks nobody.", ()),
}

PUSHES = ("push_seconds", "How long calls to a target took.", ("target",))


class Exposition:
    """The stock in the shape that the library writes. What has not happened yet is 0: a rate needs a beginning."""

    def __init__(self, stock: Stock, vendors: Labels, targets: Labels) -> None:
        self._stock, self._vendors, self._targets = stock, vendors, targets

    def collect(self) -> Iterator[Metric]:
        """Every family, counters first."""
        yield from self._counters()
        yield self._pushes()
        yield from self._gauges()

    def _counters(self) -> Iterator[Metric]:
        expected: Mapping[Counted, Iterable[Labels]] = {
            Counted.RECEIPTS: product((*self._vendors, "browser"), ReceiptVerdict),
            Counted.DECISIONS: product(Cause),
            Counted.OUTCOMES: product(Outcome),
            Counted.HOLDS_OPENED: product(HoldKind),
            Counted.HOLDS_CLOSED: product(HoldKind),
            Counted.ATTEMPTS: product(self._targets, RESULTS),
            Counted.AUTH_FAILURES: product(DOORS),
            Counted.AFTER_ERASURE: [()],
        }
        for counted, (said, labels) in COUNTERS.items():
            family = CounterMetricFamily(PREFIX + counted, said, labels=labels)
            yield _filled(family, {**dict.fromkeys(expected[counted], 0), **self._counted(counted)})

    def _pushes(self) -> Metric:
        name, said, labels = PUSHES
        family = HistogramMetricFamily(PREFIX + name, said, labels=labels)
        fallen, seconds = self._counted(Counted.PUSHES), self._counted(Counted.PUSH_SECONDS)
        for target in sorted({*self._targets, *(target for (target,) in seconds)}):
            family.add_metric([target], _cumulative(fallen, target), seconds.get((target,), 0))
        return family

    def _gauges(self) -> Iterator[Metric]:
        stock = self._stock
        values: Mapping[str, Mapping[Labels, float]] = {
            "info": {(__version__,): 1},
            "holds_open": {(kind,): stock.holds.get(kind, 0) for kind in HoldKind},
            "deliveries": {**dict.fromkeys(product(self._targets, STATES), 0), **stock.deliveries},
            "oldest_undelivered_seconds": {(): _seconds(stock.oldest_undelivered, without=0)},
            "receipts_unrecognised": {(): stock.unrecognised},
            "worker_silent_seconds": {(): _seconds(stock.worker_silent_for, without=math.inf)},
            "listening": {(): stock.listening},
        }
        for name, (said, labels) in GAUGES.items():
            yield _filled(GaugeMetricFamily(PREFIX + name, said, labels=labels), values[name])

    def _counted(self, counted: Counted) -> Mapping[Labels, float]:
        return {series[1:]: value for series, value in self._stock.counted.items() if series[0] == counted}


def _filled(family: CounterMetricFamily | GaugeMetricFamily, values: Mapping[Labels, float]) -> Metric:
    for labels, value in values.items():
        family.add_metric(labels, value)
    return family


def _cumulative(fallen: Mapping[Labels, float], target: str) -> list[tuple[str, float]]:
    """How many were at most so long, for each bound."""
    upto, so_far = [], 0.0
    for bound in (*PUSH_BUCKETS, BEYOND):
        so_far += fallen.get((target, bound), 0)
        upto.append((bound, so_far))
    return upto


def _seconds(span: timedelta | None, *, without: float) -> float:
    return without if span is None else span.total_seconds()
