"""Where log lines go: to standard error, at once or, in a process that serves many, from a thread of its own."""

import atexit
import sys
import threading
from collections import deque
from contextlib import suppress

MOST_WAITING = 100_000
WRITE_EVERY = 0.05


class LogWriter:
    """From `in_background` on, a thread writes what others leave here.

    Writing is a call into the system, and in a busy process each such call costs a change of threads. Whoever reads
    the log more slowly than it grows loses lines, the oldest first, and holds up nobody.
    """

    def __init__(self) -> None:
        self._waiting: deque[str] | None = None
        self._writing = threading.Lock()

    def msg(self, line: str) -> None:
        """Takes one line."""
        if self._waiting is None:
            print(line, file=sys.stderr, flush=True)
        else:
            self._waiting.append(line)

    debug = info = warning = error = critical = msg

    def start_background(self) -> None:
        """Threads do not survive a fork: call it in the process that serves."""
        self._waiting = deque(maxlen=MOST_WAITING)
        threading.Thread(target=self._keep_writing, name="log", daemon=True).start()
        atexit.register(self.flush)

    def flush(self) -> None:
        """Writes what waits. Where nobody can read it, because standard error is gone, it is let go."""
        with self._writing, suppress(OSError, ValueError):
            while self._waiting:
                lines = [self._waiting.popleft() for _ in range(len(self._waiting))]
                print(*lines, sep="\n", file=sys.stderr, flush=True)

    def _keep_writing(self) -> None:
        pause = threading.Event()
        while not pause.wait(WRITE_EVERY):
            self.flush()


LOG_WRITER = LogWriter()
