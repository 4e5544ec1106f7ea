"""Processes that tests kill, and never leave behind."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # ships no types

from demo.environment import PROJECT_FOLDER

_MARK_VARIABLE = "STARTED_BY_TEST"


@dataclass
class Program:
    """A Python program with all the processes that it starts.

    They all carry its `mark` in their environment.
    """

    arguments: list[str]
    environment: Mapping[str, str]
    mark: str
    log: Path
    popen: subprocess.Popen[bytes] | None = None

    @property
    def is_running(self) -> bool:
        return self.popen is not None and self.popen.poll() is None

    def start(self) -> None:
        with self.log.open("ab") as log_file:
            self.popen = subprocess.Popen(  # our own arguments, no shell
                [sys.executable, *self.arguments],
                cwd=PROJECT_FOLDER,
                env={**self.environment, _MARK_VARIABLE: self.mark},
                stdin=subprocess.DEVNULL,
                stdout=log_file,
                stderr=subprocess.STDOUT,
            )

    def kill(self) -> None:
        """Send SIGKILL to all processes of the program."""
        kill_marked(self.mark)
        self.wait(10)

    def terminate(self) -> None:
        """Send SIGTERM to the first process, which stops the others."""
        assert self.popen is not None
        self.popen.terminate()

    def processes(self) -> list[psutil.Process]:
        """Return all processes of the program."""
        return list(_marked_processes(self.mark))

    def resume(self) -> None:
        """Continue after SIGSTOP."""
        assert self.popen is not None
        self.popen.send_signal(signal.SIGCONT)

    @property
    def is_stopped(self) -> bool:
        return self.is_running and psutil.Process(self.popen.pid).status() == psutil.STATUS_STOPPED  # type: ignore[union-attr]  # it runs

    def wait(self, seconds: float) -> int:
        """Wait for the exit code."""
        assert self.popen is not None
        return self.popen.wait(seconds)


def kill_marked(mark: str) -> None:
    """Kill every process whose mark begins so, and those that they start meanwhile."""
    while remaining := list(_marked_processes(mark)):
        for process in remaining:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        time.sleep(0.01)


def _marked_processes(mark: str) -> Iterator[psutil.Process]:
    return (process for process in psutil.process_iter() if _mark_of(process).startswith(mark))


def _mark_of(process: psutil.Process) -> str:
    with suppress(psutil.Error, OSError):  # gone meanwhile, a zombie, or of another user
        mark: str = process.environ().get(_MARK_VARIABLE, "")
        return mark
    return ""
