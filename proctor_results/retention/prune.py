"""Prunes what is old: bodies of receipts, attempts and jobs, and whole sessions."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from proctor_results.database.connection import Database
from proctor_results.database.models import Attempt, Job, Receipt, Row, Session
from proctor_results.dependencies import Dependencies
from proctor_results.retention import erase_store, prune_store
from proctor_results.retention.prune_store import OldRows

ERASURE_ACTOR = "flask prune"
ID_STEP = 500


@dataclass(frozen=True, kw_only=True)
class RetentionPeriods:
    """Everything older is pruned; None keeps it for ever. Completed jobs go with attempts."""

    bodies: timedelta | None = None
    attempts: timedelta | None = None
    sessions: timedelta | None = None


@dataclass(frozen=True, kw_only=True)
class _Kind:
    """How one kind of data is pruned. Other writers wait while SQLite prunes a batch."""

    name: str
    period: str
    model: type[Row]
    batch_size: int


class PruneRun:
    """One run, as of `now`. Each batch is committed, so a run may be stopped and repeated.

    `counts` has `bodies`, `attempts`, `jobs` and `sessions`, and the `kept` sessions: old ones that
    are active. All methods raise DatabaseUnavailable.
    """

    def __init__(
        self, deps: Dependencies, periods: RetentionPeriods, now: datetime, *, dry_run: bool
    ) -> None:
        self._database, self._now, self._dry_run = deps.database, now, dry_run
        self._kinds = [
            (kind, now - period, prune_store.last_id(deps.database, kind.model))
            for kind in KINDS
            if (period := getattr(periods, kind.period)) is not None
        ]
        self.counts = Counter[str]()

    @property
    def total_ids(self) -> int:
        """How many ids `run` goes through."""
        return sum(last_id for _, _, last_id in self._kinds)

    def run(
        self, report_progress: Callable[[int], object], wait_between_batches: Callable[[], object]
    ) -> None:
        """Prune everything. `report_progress` gets steps towards `total_ids`."""
        for kind, older_than, last_id in self._kinds:
            for rows in _split(0, last_id, older_than, ID_STEP):
                self.counts[kind.name] += self._prune(kind, rows, wait_between_batches)
                if kind.name == "sessions":
                    self.counts["kept"] += _count_kept(self._database, rows)
                report_progress(rows.up_to_id - rows.after_id)

    def _prune(self, kind: _Kind, rows: OldRows, wait_between_batches: Callable[[], object]) -> int:
        found_count = _count(self._database, kind.model, rows)
        if self._dry_run or not found_count:
            return found_count
        pruned_count = 0
        for batch in _split(rows.after_id, rows.up_to_id, rows.older_than, kind.batch_size):
            with self._database.transaction():
                pruned_count += _prune(self._database, kind.model, batch, self._now)
            wait_between_batches()
        return pruned_count


def _split(after_id: int, up_to_id: int, older_than: datetime, step: int) -> Iterator[OldRows]:
    for start in range(after_id, up_to_id, step):
        end = min(start + step, up_to_id)
        yield OldRows(after_id=start, up_to_id=end, older_than=older_than)


def _count(database: Database, model: type[Row], rows: OldRows) -> int:
    if model is Session:
        return len(_inactive_sessions(database, rows))
    return prune_store.count_prunable(database, model, rows)


def _count_kept(database: Database, rows: OldRows) -> int:
    return sum(is_active for _, is_active in prune_store.list_old_sessions(database, rows))


def _prune(database: Database, model: type[Row], rows: OldRows, now: datetime) -> int:
    """Read sessions again in the transaction: one may have become active meanwhile."""
    if model is not Session:
        return prune_store.prune(database, model, rows, now)
    identifiers = _inactive_sessions(database, rows)
    if identifiers:
        erase_store.erase(database, identifiers, ERASURE_ACTOR, now)
    return len(identifiers)


def _inactive_sessions(database: Database, rows: OldRows) -> list[str]:
    sessions = prune_store.list_old_sessions(database, rows)
    return [identifier for identifier, is_active in sessions if not is_active]


KINDS = (
    _Kind(name="bodies", period="bodies", model=Receipt, batch_size=200),
    _Kind(name="attempts", period="attempts", model=Attempt, batch_size=500),
    _Kind(name="jobs", period="attempts", model=Job, batch_size=500),
    _Kind(name="sessions", period="sessions", model=Session, batch_size=25),
)
