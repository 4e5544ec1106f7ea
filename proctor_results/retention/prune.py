"""What is old is let go: bodies of receipts, attempts, and at last whole sessions, of which the digests stay."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from proctor_results.dependencies import Dependencies
from proctor_results.retention import erase_store, prune_store

ERASURE_ACTOR = "flask prune"
ID_STEP = 500
BATCH_SIZES = {"receipt": 200, "attempt": 500, "session": 25}
"""So many of a stride go in one transaction: on SQLite everybody else waits for it."""

ProgressCallback = Callable[[int], None]


@dataclass(frozen=True, kw_only=True)
class RetentionPeriods:
    """Older than that is let go; None keeps it for ever."""

    bodies: timedelta | None = None
    attempts: timedelta | None = None
    sessions: timedelta | None = None


class PruneRun:
    """One run, as of `now`. Whatever it has done is done, so it may be stopped at any moment and run again.

    `found` counts bodies, attempts and sessions, and `kept` sessions: old, but held, undelivered or listened for.
    """

    def __init__(
        self,
        deps: Dependencies,
        retention_periods: RetentionPeriods,
        now: datetime,
        *,
        dry_run: bool,
    ) -> None:
        """Raises LedgerAway."""
        self._deps, self._retention_periods, self._now, self._dry_run = (
            deps,
            retention_periods,
            now,
            dry_run,
        )
        self._last_ids = {table: prune_store.last_id(deps.database, table) for table in _TABLES}
        self.counts = Counter[str]()

    @property
    def total_ids(self) -> int:
        """How many ids there are to go through."""
        return sum(
            last_id
            for table, last_id in self._last_ids.items()
            if self._retention_period(table) is not None
        )

    def run(
        self, report_progress: ProgressCallback, wait_between_batches: Callable[[], object]
    ) -> None:
        """`done` is told how far it gets; `rest` is called between transactions, so that others get on.

        Raises LedgerAway.
        """
        for table in _TABLES:
            retention_period = self._retention_period(table)
            if retention_period is not None:
                for after_id, up_to_id in _id_ranges(0, self._last_ids[table], ID_STEP):
                    self._prune_table(
                        table,
                        after_id,
                        up_to_id,
                        self._now - retention_period,
                        wait_between_batches,
                    )
                    report_progress(up_to_id - after_id)

    def _retention_period(self, table: str) -> timedelta | None:
        return {
            "receipt": self._retention_periods.bodies,
            "attempt": self._retention_periods.attempts,
            "session": self._retention_periods.sessions,
        }[table]

    def _prune_table(
        self,
        table: str,
        after_id: int,
        up_to_id: int,
        older_than: datetime,
        wait_between_batches: Callable[[], object],
    ) -> None:
        counter_name, count_batch, prune_batch = _STEPS_BY_TABLE[table]
        pruned_count = count_batch(self, after_id, up_to_id, older_than)
        if pruned_count and not self._dry_run:
            pruned_count = 0
            for id_range in _id_ranges(after_id, up_to_id, BATCH_SIZES[table]):
                with self._deps.database.transaction():
                    pruned_count += prune_batch(self, *id_range, older_than)
                wait_between_batches()
        self.counts[counter_name] += pruned_count

    def _count_bodies(self, after_id: int, up_to_id: int, older_than: datetime) -> int:
        return prune_store.count_bodies(self._deps.database, after_id, up_to_id, older_than)

    def _prune_bodies(self, after_id: int, up_to_id: int, older_than: datetime) -> int:
        return prune_store.prune_bodies(
            self._deps.database, after_id, up_to_id, older_than, self._now
        )

    def _count_attempts(self, after_id: int, up_to_id: int, older_than: datetime) -> int:
        return prune_store.count_attempts(self._deps.database, after_id, up_to_id, older_than)

    def _prune_attempts(self, after_id: int, up_to_id: int, older_than: datetime) -> int:
        return prune_store.prune_attempts(self._deps.database, after_id, up_to_id, older_than)

    def _count_sessions(self, after_id: int, up_to_id: int, older_than: datetime) -> int:
        old_sessions = prune_store.list_old_sessions(
            self._deps.database, after_id, up_to_id, older_than
        )
        prunable_count = sum(is_prunable for _, is_prunable in old_sessions)
        self.counts["kept"] += len(old_sessions) - prunable_count
        return prunable_count

    def _erase_sessions(self, after_id: int, up_to_id: int, older_than: datetime) -> int:
        """Looks again in the transaction: a session may have got going meanwhile."""
        old_sessions = prune_store.list_old_sessions(
            self._deps.database, after_id, up_to_id, older_than
        )
        identifiers = [identifier for identifier, is_prunable in old_sessions if is_prunable]
        if identifiers:
            erase_store.erase(self._deps.database, identifiers, ERASURE_ACTOR, self._now)
        return len(identifiers)


def _id_ranges(after_id: int, up_to_id: int, step: int) -> Iterator[tuple[int, int]]:
    return ((start, min(start + step, up_to_id)) for start in range(after_id, up_to_id, step))


_PruneStep = Callable[[PruneRun, int, int, datetime], int]

_STEPS_BY_TABLE: dict[str, tuple[str, _PruneStep, _PruneStep]] = {
    "receipt": ("bodies", PruneRun._count_bodies, PruneRun._prune_bodies),
    "attempt": ("attempts", PruneRun._count_attempts, PruneRun._prune_attempts),
    "session": ("sessions", PruneRun._count_sessions, PruneRun._erase_sessions),
}
_TABLES = tuple(_STEPS_BY_TABLE)
