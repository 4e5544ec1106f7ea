"""Reads from outside how many deliveries are pending."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

from bench.reconciliation.data import StoredData
from bench.reconciliation.load_stored import load_stored_data
from proctor_results.database.connect import connect
from proctor_results.database.connection import Database, DatabaseUnavailable
from proctor_results.database.statement import Statement


@dataclass(frozen=True, kw_only=True)
class PendingCounts:
    """The number of due deliveries, and of those that failed and wait for an operator."""

    pending: int
    failed: int


class DatabaseReader:
    """One connection, in a thread of its own."""

    def __init__(self, database_url: str) -> None:
        self._database: Database = connect(database_url)
        self._thread = ThreadPoolExecutor(1)

    async def pending_counts(self) -> PendingCounts | None:
        """Return None where the database does not answer."""
        with suppress(DatabaseUnavailable):
            return await asyncio.get_running_loop().run_in_executor(
                self._thread, self._count_pending
            )
        return None

    async def load_stored_data(self) -> StoredData:
        """Load everything. Raises DatabaseUnavailable."""
        return await asyncio.get_running_loop().run_in_executor(
            self._thread, load_stored_data, self._database
        )

    def close(self) -> None:
        self._thread.submit(self._database.close).result()
        self._thread.shutdown()

    def _count_pending(self) -> PendingCounts:
        ((pending, failed),) = self._database.fetch(_COUNT_PENDING)
        return PendingCounts(pending=pending, failed=failed or 0)


_COUNT_PENDING = Statement("""
SELECT COUNT(*), SUM(CASE WHEN next_attempt_at IS NULL THEN 1 ELSE 0 END) FROM delivery
WHERE delivered_revision IS NULL OR delivered_revision < desired_revision
""")
