"""A line of the Procfile as a process with all that it starts, to be killed, asked to end and started again."""

import os
import shlex
import signal
import subprocess  # noqa: S404  # lines of our own Procfile
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import psutil  # type: ignore[import-untyped]  # ships no types

from proctor_results.sandbox.demo.premises import HOME

LINES = dict(line.split(": ", 1) for line in (HOME / "Procfile").read_text().splitlines())
PATH = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
STOPS_WITHIN = 30


@dataclass(kw_only=True)
class Program:
    """`line` is its name in the Procfile; what it says goes to the log through a pipe, as on a platform."""

    name: str
    line: str
    environment: dict[str, str]
    log: Path
    _popen: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def runs(self) -> bool:
        return self._popen is not None and self._popen.poll() is None

    @property
    def processes(self) -> list[psutil.Process]:
        """Those that do the work: its children, or itself where it has none."""
        if self._popen is None:
            return []
        with suppress(psutil.NoSuchProcess):
            itself = psutil.Process(self._popen.pid)
            return itself.children() or [itself]
        return []

    def start(self) -> None:
        self._popen = subprocess.Popen(  # noqa: S603  # lines of our own Procfile, no shell
            shlex.split(LINES[self.line]),
            cwd=HOME,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches the soak alone
        )
        assert self._popen.stdout is not None  # noqa: S101  # for mypy: it was asked for
        threading.Thread(target=_copy, args=(self._popen.stdout, self.log), daemon=True).start()

    def kill(self) -> None:
        """SIGKILL, to all of it."""
        if self._popen is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._popen.pid, signal.SIGKILL)
            self._popen.wait()

    def end(self) -> None:
        """SIGTERM; whatever has not ended in time is killed."""
        if self._popen is not None:
            self._popen.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._popen.wait(STOPS_WITHIN)
            self.kill()


def _copy(said: IO[bytes], log: Path) -> None:
    with said, log.open("ab") as kept:
        for line in said:
            kept.write(line)
            kept.flush()
