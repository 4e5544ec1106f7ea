"""A worker in a thread, targets and a clock under control, and a database without a table."""

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
from tests.support.recording_target import RecordingTarget
from tests.support.reports import NOW


@dataclass(kw_only=True)
class BlockingTarget(RecordingTarget):
    """Answers no message until it is released."""

    released: threading.Event = field(default_factory=threading.Event)
    waiting_ids: list[str] = field(default_factory=list)
    max_waiting: int = 0

    def push(self, message_id: str, message: Mapping[str, Any], now: datetime) -> PushResult:
        self.waiting_ids.append(message_id)
        self.max_waiting = max(self.max_waiting, len(self.waiting_ids))
        self.released.wait(10)
        self.waiting_ids.remove(message_id)
        return super().push(message_id, message, now)


@dataclass(kw_only=True)
class CrashingTarget(RecordingTarget):
    """Raises an unforeseen error for one kind of message."""

    def push(self, message_id: str, message: Mapping[str, Any], now: datetime) -> PushResult:
        if message["type"] == "session.lock":
            raise RuntimeError("a secret that must not be kept")
        return super().push(message_id, message, now)


@dataclass
class ManualClock:
    """Returns the time that was set, and counts its calls."""

    time: datetime = NOW
    call_count: int = 0

    def __call__(self) -> datetime:
        self.call_count += 1
        return self.time


@contextmanager
def run_worker(
    deps: Dependencies, threads: int = 2, now: Callable[[], datetime] = lambda: NOW
) -> Iterator[Worker]:
    """Run a worker until the end of the block at the latest."""
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
def without_table(database: Database, table: str) -> Iterator[None]:
    """Hide one table of the database."""
    database.fetch(Statement(f"ALTER TABLE {table} RENAME TO {table}_away"))
    try:
        yield
    finally:
        database.fetch(Statement(f"ALTER TABLE {table}_away RENAME TO {table}"))


def wait_until(condition: Callable[[], object], seconds: float = 10) -> None:
    """Wait until the condition is true. Raises AssertionError on timeout."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)
