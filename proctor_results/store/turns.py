"""Group commit: threads that wait to write share one transaction, and each goes on once that is committed."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from contextvars import copy_context
from typing import Any


class Turns:
    """Who comes first writes for everybody who waits by then, and hands over to the first who has come meanwhile.

    `transaction` opens the transaction that they share.
    """

    def __init__(self, transaction: Callable[[], AbstractContextManager[None]]) -> None:
        self._transaction = transaction
        self._lock = threading.Lock()
        self._waiting: list[_Turn] = []
        self._led = False

    def take(self, step: Callable[[], Any]) -> Any:
        """What the step returns, or raises, once what it wrote is committed.

        The step may be run by another thread, and twice: again alone, where one that shared its transaction failed.
        """
        turn = _Turn(step)
        if not self._is_first(turn):
            turn.wait()
        if not turn.over:
            self._lead()
        return turn.result()

    def _is_first(self, turn: "_Turn") -> bool:
        with self._lock:
            self._waiting.append(turn)
            first, self._led = not self._led, True
        return first

    def _lead(self) -> None:
        with self._lock:
            turns, self._waiting = self._waiting, []
        self._run(turns)
        self._hand_over()
        for turn in turns:
            turn.wake()

    def _run(self, turns: "list[_Turn]") -> None:
        """A step that fails must not harm the others: then each has a transaction of its own.

        What keeps the transaction from beginning, or from being committed, is told to everybody who shared it.
        """
        try:
            with self._transaction():
                for turn in turns:
                    turn.run()
        except BaseException as error:
            # Also when this thread is being stopped: the others wait for it.
            if len(turns) > 1 and any(turn.failed for turn in turns):
                for turn in turns:
                    self._run([turn])
            else:
                for turn in turns:
                    turn.end(error)
        else:
            for turn in turns:
                turn.end(None)

    def _hand_over(self) -> None:
        with self._lock:
            successor = self._waiting[0] if self._waiting else None
            self._led = successor is not None
        if successor:
            successor.wake()


class _Turn:
    """One thread's step. The thread is woken when it is over, or in order to lead."""

    def __init__(self, step: Callable[[], Any]) -> None:
        self._step = step
        self._context = copy_context()  # what is written is traced to the request of this thread, whoever writes it
        self._result: Any = None
        self._error: BaseException | None = None
        self._bell = threading.Lock()  # an Event costs ten times as much
        self._bell.acquire()
        self.failed = False
        self.over = False

    def run(self) -> None:
        self.failed = True
        self._result = self._context.run(self._step)
        self.failed = False

    def end(self, error: BaseException | None) -> None:
        self._error, self.over = error, True

    def result(self) -> Any:
        if self._error:
            raise self._error
        return self._result

    def wait(self) -> None:
        self._bell.acquire()

    def wake(self) -> None:
        """The leader itself does not wait; its bell may ring unheard."""
        if self._bell.locked():
            self._bell.release()
