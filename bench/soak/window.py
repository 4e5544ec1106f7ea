"""Looks into the ledger from outside: how much is still to be told."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

from bench.reconciliation.sides import Stored
from bench.reconciliation.stored_side import stored_in
from proctor_results.store.ledger import Ledger, LedgerAway
from proctor_results.store.opening import open_ledger
from proctor_results.store.statement import Statement


@dataclass(frozen=True, kw_only=True)
class Queue:
    """How many deliveries are due, and how many of them were given up until a person looks."""

    due: int
    given_up: int


class Window:
    """One connection, in a thread of its own."""

    def __init__(self, database_url: str) -> None:
        self._ledger: Ledger = open_ledger(database_url)
        self._thread = ThreadPoolExecutor(1)

    async def queue(self) -> Queue | None:
        """None where the database does not answer."""
        with suppress(LedgerAway):
            return await asyncio.get_running_loop().run_in_executor(self._thread, self._queue)
        return None

    async def everything(self) -> Stored:
        """Raises LedgerAway."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, stored_in, self._ledger)

    def close(self) -> None:
        self._thread.submit(self._ledger.close).result()
        self._thread.shutdown()

    def _queue(self) -> Queue:
        ((due, given_up),) = self._ledger.run(_QUEUE)
        return Queue(due=due, given_up=given_up or 0)


_QUEUE = Statement("""
SELECT COUNT(*), SUM(CASE WHEN due_at IS NULL THEN 1 ELSE 0 END) FROM delivery
WHERE delivered IS NULL OR delivered < wanted
""")
