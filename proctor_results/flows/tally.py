"""Counts what happens, in memory; every few seconds `write_tallies` puts it into the ledger, where it adds up."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from enum import StrEnum
from threading import Lock

from proctor_results.store.entries import Entry
from proctor_results.store.tallies import Series


class Counted(StrEnum):
    """What is counted, and by what; `web/prometheus.py` describes each for those who watch."""

    RECEIPTS = "receipts"  # vendor, verdict
    DECISIONS = "decisions"  # cause
    OUTCOMES = "outcomes"  # outcome
    HOLDS_OPENED = "holds_opened"  # kind
    HOLDS_CLOSED = "holds_closed"  # kind
    ATTEMPTS = "attempts"  # target, result
    PUSHES = "pushes"  # target, the bucket of the seconds it took
    PUSH_SECONDS = "push_seconds"  # target
    AUTH_FAILURES = "auth_failures"  # door
    AFTER_ERASURE = "after_erasure"


RESULTS = ("delivered", "refused", "gone", "unreachable", "unsendable")
"""What may become of an attempt."""

PUSH_BUCKETS = ("0.025", "0.05", "0.1", "0.25", "0.5", "1.0", "2.5", "5.0", "10.0", "15.0")
"""Upper bounds in seconds. No call takes longer than the last one."""

BEYOND = "+Inf"


class Tally:
    """The counts of this process since they were last taken, from any of its threads.

    A process that is killed takes its last seconds of counts with it: they are for watching, and no evidence.
    """

    def __init__(self) -> None:
        self._counts = defaultdict[Series, float](float)
        self._lock = Lock()

    def count(self, counted: Counted, *labels: str, by: float = 1) -> None:
        """Labels come from sets of ours, never from outside: each new value is a row for ever."""
        with self._lock:
            self._counts[counted, *labels] += by

    def entry(self, entry: Entry) -> None:
        """An entry has been written."""
        with self._lock:
            for series in _series(entry):
                self._counts[series] += 1

    def push(self, target: str, result: str, seconds: float) -> None:
        """A message has been carried, or has not arrived."""
        bucket = next((bound for bound in PUSH_BUCKETS if seconds <= float(bound)), BEYOND)
        self.count(Counted.ATTEMPTS, target, result)
        self.count(Counted.PUSHES, target, bucket)
        self.count(Counted.PUSH_SECONDS, target, by=seconds)

    def take(self) -> Mapping[Series, float]:
        """The counts, which begin anew."""
        with self._lock:
            taken, self._counts = self._counts, defaultdict(float)
        return taken

    def put_back(self, counts: Mapping[Series, float]) -> None:
        """What was taken could not be written down."""
        with self._lock:
            for series, value in counts.items():
                self._counts[series] += value


def _series(entry: Entry) -> Iterator[Series]:
    if entry.receipt:
        yield Counted.RECEIPTS, entry.receipt.request.vendor, entry.receipt.verdict
    decision = entry.decision
    if decision is None:
        return
    yield Counted.DECISIONS, decision.by.cause
    if decision.outcome is not decision.outcome_before:
        yield Counted.OUTCOMES, decision.outcome
    yield from ((Counted.HOLDS_OPENED, hold.kind) for hold in decision.opened)
    yield from ((Counted.HOLDS_CLOSED, hold.kind) for hold in decision.closed)
