"""Counts what happens, in memory; every few seconds `write_tallies` puts it into the ledger, where it adds up."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from enum import StrEnum
from threading import Lock

from proctor_results.metrics.store import Series
from proctor_results.sessions.decision import ChangeSet


class CounterName(StrEnum):
    """What is counted, and by what; `web/prometheus.py` describes each for those who watch."""

    RECEIPTS = "receipts"  # vendor, verdict
    DECISIONS = "decisions"  # cause
    OUTCOMES = "outcomes"  # outcome
    HOLDS_OPENED = "holds_opened"  # kind
    HOLDS_CLOSED = "holds_closed"  # kind
    ATTEMPTS = "attempts"  # target, result
    DELIVERY_DURATIONS = "delivery_durations"  # target, the bucket of the seconds it took
    DELIVERY_DURATION_SECONDS = "delivery_duration_seconds"  # target
    AUTH_FAILURES = "auth_failures"  # door
    REPORTS_AFTER_ERASURE = "reports_after_erasure"


ATTEMPT_RESULTS = ("delivered", "refused", "gone", "unreachable", "unsendable")
"""What may become of an attempt."""

DELIVERY_DURATION_BUCKETS = (
    "0.025",
    "0.05",
    "0.1",
    "0.25",
    "0.5",
    "1.0",
    "2.5",
    "5.0",
    "10.0",
    "15.0",
)
"""Upper bounds in seconds. No call takes longer than the last one."""

INF_BUCKET = "+Inf"


class MetricCounters:
    """The counts of this process since they were last taken, from any of its threads.

    A process that is killed takes its last seconds of counts with it: they are for watching, and no evidence.
    """

    def __init__(self) -> None:
        self._counts = defaultdict[Series, float](float)
        self._lock = Lock()

    def count(self, counter: CounterName, *labels: str, amount: float = 1) -> None:
        """Labels come from sets of ours, never from outside: each new value is a row for ever."""
        with self._lock:
            self._counts[counter, *labels] += amount

    def count_change_set(self, change_set: ChangeSet) -> None:
        """An entry has been written."""
        with self._lock:
            for series in _change_set_series(change_set):
                self._counts[series] += 1

    def count_attempt(self, target: str, result: str, seconds: float) -> None:
        """A message has been carried, or has not arrived."""
        bucket = next(
            (bound for bound in DELIVERY_DURATION_BUCKETS if seconds <= float(bound)), INF_BUCKET
        )
        self.count(CounterName.ATTEMPTS, target, result)
        self.count(CounterName.DELIVERY_DURATIONS, target, bucket)
        self.count(CounterName.DELIVERY_DURATION_SECONDS, target, amount=seconds)

    def drain(self) -> Mapping[Series, float]:
        """The counts, which begin anew."""
        with self._lock:
            counts, self._counts = self._counts, defaultdict(float)
        return counts

    def restore(self, counts: Mapping[Series, float]) -> None:
        """What was taken could not be written down."""
        with self._lock:
            for series, value in counts.items():
                self._counts[series] += value


def _change_set_series(change_set: ChangeSet) -> Iterator[Series]:
    if change_set.receipt:
        yield CounterName.RECEIPTS, change_set.receipt.request.vendor, change_set.receipt.result
    decision = change_set.decision
    if decision is None:
        return
    yield CounterName.DECISIONS, decision.source.cause
    if decision.outcome is not decision.outcome_before:
        yield CounterName.OUTCOMES, decision.outcome
    yield from ((CounterName.HOLDS_OPENED, hold.kind) for hold in decision.opened)
    yield from ((CounterName.HOLDS_CLOSED, hold.kind) for hold in decision.closed)
