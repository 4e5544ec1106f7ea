"""Writes log lines to standard error: at once, or in a web process from a thread of its own."""

import atexit
import json
import logging
import queue
import sys
import time
from contextlib import suppress
from logging.handlers import QueueHandler, QueueListener
from typing import Any

from structlog.typing import EventDict

MAX_WAITING_LINES = 100_000
WRITE_INTERVAL = 0.05


class LineHandler(QueueHandler):
    """Takes the lines of structlog and of libraries.

    After `start_background`, requests only leave lines in a queue. A write is a system call, and
    in a busy process each one costs a change of threads. If standard error is read more slowly
    than lines arrive, the oldest are dropped, and no request waits.
    """

    def __init__(self) -> None:
        self._lines = queue.Queue[Any](MAX_WAITING_LINES)
        super().__init__(self._lines)
        self._is_background = False

    def prepare(self, record: logging.LogRecord) -> str:
        """Format the line in the thread that logs: its context variables hold the request id."""
        return self.format(record)

    def enqueue(self, record: Any) -> None:
        """Take one formatted line."""
        if not self._is_background:
            _write([record])
            return
        try:
            self._lines.put_nowait(record)
        except queue.Full:
            with suppress(queue.Empty, queue.Full):
                self._lines.get_nowait()
                self._lines.put_nowait(record)

    msg = debug = info = warning = error = critical = enqueue  # as structlog calls a logger

    def start_background(self) -> None:
        """Write from a thread, and the rest at exit. Call it after a fork: it ends threads."""
        listener = LineListener(self._lines)
        self._is_background = True
        listener.start()
        atexit.register(listener.stop)


class LineListener(QueueListener):
    """Writes the lines of a queue, all that wait with one call."""

    def __init__(self, lines: queue.Queue[Any]) -> None:
        super().__init__(lines)
        self._lines = lines
        self._batch: list[str] = []

    def dequeue(self, block: bool) -> Any:
        """Return the next line. Between batches it sleeps, so that `put` need not wake it."""
        while self._lines.empty():
            time.sleep(WRITE_INTERVAL)
        return self._lines.get_nowait()

    def handle(self, record: Any) -> None:
        self._batch.append(record)
        if self._lines.empty() or len(self._batch) == 1000:
            self._flush()

    def enqueue_sentinel(self) -> None:
        """Wait for room in a full queue, where `put_nowait` would raise."""
        self._lines.put(None)

    def stop(self) -> None:
        """Write what waits, and end the thread."""
        super().stop()
        self._flush()

    def _flush(self) -> None:
        lines, self._batch = self._batch, []
        _write(lines)


def _write(lines: list[str]) -> None:
    """Write whole lines with one call. If standard error is closed, they are lost."""
    with suppress(OSError, ValueError):
        sys.stderr.write("".join(f"{line}\n" for line in lines))
        sys.stderr.flush()


OUTPUT = LineHandler()


def render_json(_: object, __: str, event: EventDict) -> str:
    """Render an event as one line of JSON: the last of structlog's processors."""
    return _JSON.encode(event)


_JSON = json.JSONEncoder(default=repr)
