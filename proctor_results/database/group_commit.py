"""Group commit: threads that wait to write share one transaction, and each goes on once that is committed."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from contextvars import copy_context
from typing import Any


class GroupCommit:
    """Who comes first writes for everybody who waits by then, and hands over to the first who has come meanwhile.

    `transaction` opens the transaction that they share.
    """

    def __init__(self, transaction: Callable[[], AbstractContextManager[None]]) -> None:
        self._transaction = transaction
        self._lock = threading.Lock()
        self._pending: list[_PendingWrite] = []
        self._has_leader = False

    def run(self, operation: Callable[[], Any]) -> Any:
        """What the step returns, or raises, once what it wrote is committed.

        The step may be run by another thread, and twice: again alone, where one that shared its transaction failed.
        """
        pending_write = _PendingWrite(operation)
        if not self._enqueue(pending_write):
            pending_write.wait()
        if not pending_write.is_done:
            self._commit_batch()
        return pending_write.result()

    def _enqueue(self, pending_write: "_PendingWrite") -> bool:
        with self._lock:
            self._pending.append(pending_write)
            is_leader, self._has_leader = not self._has_leader, True
        return is_leader

    def _commit_batch(self) -> None:
        with self._lock:
            batch, self._pending = self._pending, []
        self._run_batch(batch)
        self._promote_next_leader()
        for pending_write in batch:
            pending_write.wake()

    def _run_batch(self, batch: "list[_PendingWrite]") -> None:
        """A step that fails must not harm the others: then each has a transaction of its own.

        What keeps the transaction from beginning, or from being committed, is told to everybody who shared it.
        """
        try:
            with self._transaction():
                for pending_write in batch:
                    pending_write.run()
        except BaseException as error:
            # Also when this thread is being stopped: the others wait for it.
            if len(batch) > 1 and any(pending_write.has_failed for pending_write in batch):
                for pending_write in batch:
                    self._run_batch([pending_write])
            else:
                for pending_write in batch:
                    pending_write.finish(error)
        else:
            for pending_write in batch:
                pending_write.finish(None)

    def _promote_next_leader(self) -> None:
        with self._lock:
            next_leader = self._pending[0] if self._pending else None
            self._has_leader = next_leader is not None
        if next_leader:
            next_leader.wake()


class _PendingWrite:
    """One thread's step. The thread is woken when it is over, or in order to lead."""

    def __init__(self, operation: Callable[[], Any]) -> None:
        self._operation = operation
        self._context = (
            copy_context()
        )  # what is written is traced to the request of this thread, whoever writes it
        self._result: Any = None
        self._error: BaseException | None = None
        self._wake_lock = threading.Lock()  # an Event costs ten times as much
        self._wake_lock.acquire()
        self.has_failed = False
        self.is_done = False

    def run(self) -> None:
        self.has_failed = True
        self._result = self._context.run(self._operation)
        self.has_failed = False

    def finish(self, error: BaseException | None) -> None:
        self._error, self.is_done = error, True

    def result(self) -> Any:
        if self._error:
            raise self._error
        return self._result

    def wait(self) -> None:
        self._wake_lock.acquire()

    def wake(self) -> None:
        """The leader itself does not wait; its bell may ring unheard."""
        if self._wake_lock.locked():
            self._wake_lock.release()
