"""A workplace for workers: threads to work in, targets and clocks that do as they are told, a ledger that goes away."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from proctor_results.database.connection import Database
from proctor_results.database.statement import Statement
from proctor_results.deliveries.targets.base import PushResult
from proctor_results.dependencies import Dependencies
from proctor_results.worker.loop import Worker
from tests.support.recording_target import Listener
from tests.support.reports import NOW


@dataclass(kw_only=True)
class Gate(Listener):
    """Answers nobody until it is opened."""

    opened: threading.Event = field(default_factory=threading.Event)
    waiting: list[str] = field(default_factory=list)
    most: int = 0

    def push(self, message_id: str, message: Mapping[str, Any], now: datetime) -> PushResult:
        self.waiting.append(message_id)
        self.most = max(self.most, len(self.waiting))
        self.opened.wait(10)
        self.waiting.remove(message_id)
        return super().push(message_id, message, now)


@dataclass(kw_only=True)
class Stumbler(Listener):
    """Fails over one kind of message in a way that nobody foresaw."""

    def push(self, message_id: str, message: Mapping[str, Any], now: datetime) -> PushResult:
        if message["type"] == "session.lock":
            raise RuntimeError("a secret that must not be kept")
        return super().push(message_id, message, now)


@dataclass
class Clock:
    """Says the time that it was told, and counts how often it was asked."""

    time: datetime = NOW
    asked: int = 0

    def __call__(self) -> datetime:
        self.asked += 1
        return self.time


@contextmanager
def working(
    deps: Dependencies, threads: int = 2, now: Callable[[], datetime] = lambda: NOW
) -> Iterator[Worker]:
    """A worker that works until it is stopped, at the end of the block at the latest."""
    worker = Worker(deps, "worker-1", threads, now)
    thread = threading.Thread(target=_run, args=(worker, deps.database))
    thread.start()
    try:
        yield worker
    finally:
        worker.stop()
        thread.join(10)
    assert not thread.is_alive()


def _run(worker: Worker, database: Database) -> None:
    worker.run()
    database.close()


@contextmanager
def away(database: Database, table: str) -> Iterator[None]:
    """The ledger without one of its tables."""
    database.fetch(Statement(f"ALTER TABLE {table} RENAME TO {table}_away"))
    try:
        yield
    finally:
        database.fetch(Statement(f"ALTER TABLE {table}_away RENAME TO {table}"))


def until(fact: Callable[[], object], seconds: float = 10) -> None:
    """Waits for it to be true, but not for ever."""
    patience = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < patience
        time.sleep(0.01)
