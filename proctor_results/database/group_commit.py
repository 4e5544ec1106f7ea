"""Group commit: threads that wait to write share one transaction."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from contextvars import copy_context
from typing import Any


class GroupCommit:
    """Run the writes of several threads in shared transactions.

    The first waiting thread becomes leader, commits all queued writes in one transaction and wakes
    the next leader. `transaction` opens the transaction that they share.
    """

    def __init__(self, transaction: Callable[[], AbstractContextManager[None]]) -> None:
        self._transaction = transaction
        self._lock = threading.Lock()
        self._pending: list[_PendingWrite] = []
        self._has_leader = False

    def run(self, operation: Callable[[], Any]) -> Any:
        """Run the operation in a shared transaction; return its result once that is committed.

        Another thread may run the operation, and a second time: alone, where another one that
        shared its transaction failed.
        """
        write = _PendingWrite(operation)
        with self._lock:
            self._pending.append(write)
            is_leader, self._has_leader = not self._has_leader, True
        if not is_leader:
            write.wait()
        if not write.is_done:
            self._commit_batch()
        if write.error:
            raise write.error
        return write.result

    def _commit_batch(self) -> None:
        with self._lock:
            batch, self._pending = self._pending, []
        self._run_batch(batch)
        with self._lock:
            next_leader = self._pending[0] if self._pending else None
            self._has_leader = next_leader is not None
        for write in (next_leader, *batch):
            if write:
                write.wake()

    def _run_batch(self, batch: "list[_PendingWrite]") -> None:
        """Run the writes in one transaction; if one of them fails, each in one of its own.

        An error at the beginning or the commit of the transaction goes to all that shared it.
        """
        shared_error: BaseException | None = None
        try:
            with self._transaction():
                for write in batch:
                    write.run()
        except BaseException as error:  # also when this thread is stopped: the others wait for it
            if len(batch) > 1 and any(write.has_failed for write in batch):
                for write in batch:
                    self._run_batch([write])
                return
            shared_error = error
        for write in batch:
            write.error, write.is_done = shared_error, True


class _PendingWrite:
    """One thread's operation. Its thread is woken once it is done, or in order to lead."""

    def __init__(self, operation: Callable[[], Any]) -> None:
        self._operation = operation
        self._context = copy_context()  # carries the request id to the thread that runs it
        self._wake_lock = threading.Lock()  # an Event costs ten times as much
        self._wake_lock.acquire()
        self.result: Any = None
        self.error: BaseException | None = None
        self.has_failed = False
        self.is_done = False

    def run(self) -> None:
        self.has_failed = True
        self.result = self._context.run(self._operation)
        self.has_failed = False

    def wait(self) -> None:
        self._wake_lock.acquire()

    def wake(self) -> None:
        """Wake the thread. The leader does not wait, so its lock may be free already."""
        if self._wake_lock.locked():
            self._wake_lock.release()
