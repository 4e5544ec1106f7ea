"""Counts events in memory and adds the counts to the database every few seconds."""

from collections import defaultdict
from collections.abc import Iterator
from enum import StrEnum
from threading import Lock

from proctor_results.database.connection import Database, DatabaseUnavailable
from proctor_results.deliveries.targets.base import ResultKind
from proctor_results.metrics import counters_store
from proctor_results.metrics.counters_store import Series
from proctor_results.sessions.decision import ChangeSet


class CounterName(StrEnum):
    """The counters; the comments name their labels. `exposition.py` has the help texts."""

    RECEIPTS = "receipts"  # vendor, result
    DECISIONS = "decisions"  # cause
    OUTCOMES = "outcomes"  # outcome
    HOLDS_OPENED = "holds_opened"  # kind
    HOLDS_CLOSED = "holds_closed"  # kind
    ATTEMPTS = "attempts"  # target, result
    DELIVERY_DURATIONS = "delivery_durations"  # target, bucket
    DELIVERY_DURATION_SECONDS = "delivery_duration_seconds"  # target
    AUTH_FAILURES = "auth_failures"  # realm
    REPORTS_AFTER_ERASURE = "reports_after_erasure"


ATTEMPT_RESULTS = tuple(ResultKind)

DELIVERY_DURATION_BUCKETS = tuple(
    str(seconds) for seconds in (0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0)
)
"""Upper bounds in seconds. No call takes longer than the last one."""

INF_BUCKET = "+Inf"


class MetricCounters:
    """The counts of this process since the last flush, from any of its threads.

    A process that is killed loses its counts of the last seconds; they are no evidence.
    """

    def __init__(self) -> None:
        self._counts = defaultdict[Series, float](float)
        self._lock = Lock()

    def count(self, counter: CounterName, *labels: str, amount: float = 1) -> None:
        """Count one event. A label never comes from a sender: each new value is a row for ever."""
        with self._lock:
            self._counts[counter, *labels] += amount

    def count_report_after_erasure(self) -> None:
        """Count a report about a session that was erased."""
        self.count(CounterName.REPORTS_AFTER_ERASURE)

    def count_change_set(self, change_set: ChangeSet) -> None:
        """Count what has been saved."""
        with self._lock:
            for series in _change_set_series(change_set):
                self._counts[series] += 1

    def count_attempt(self, target: str, result: str, seconds: float) -> None:
        """Count an attempt to deliver and how long it took."""
        bucket = next(
            (bound for bound in DELIVERY_DURATION_BUCKETS if seconds <= float(bound)), INF_BUCKET
        )
        self.count(CounterName.ATTEMPTS, target, result)
        self.count(CounterName.DELIVERY_DURATIONS, target, bucket)
        self.count(CounterName.DELIVERY_DURATION_SECONDS, target, amount=seconds)

    def flush(self, database: Database) -> None:
        """Add the counts to those of all processes, or keep them and raise DatabaseUnavailable."""
        with self._lock:
            counts, self._counts = self._counts, defaultdict(float)
        if not counts:
            return
        try:
            database.run_write(lambda: counters_store.add_counts(database, counts))
        except DatabaseUnavailable:
            with self._lock:
                for series, value in counts.items():
                    self._counts[series] += value
            raise


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
