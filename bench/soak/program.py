"""A line of the Procfile as a process with all its children."""

import os
import shlex
import signal
import subprocess  # lines of our own Procfile
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import psutil  # type: ignore[import-untyped]  # ships no types

from demo.environment import PROJECT_FOLDER

PROCFILE = dict(
    line.split(": ", 1) for line in (PROJECT_FOLDER / "Procfile").read_text().splitlines()
)
PATH = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
SHUTDOWN_TIMEOUT = 30


@dataclass(kw_only=True)
class Program:
    """`name` is the line in the Procfile; the output goes to the log through a pipe."""

    name: str
    procfile_entry: str
    environment: dict[str, str]
    log: Path
    _popen: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def is_running(self) -> bool:
        return self._popen is not None and self._popen.poll() is None

    @property
    def processes(self) -> list[psutil.Process]:
        """Return the working processes: its children, or itself where it has none."""
        if self._popen is None:
            return []
        with suppress(psutil.NoSuchProcess):
            process = psutil.Process(self._popen.pid)
            return process.children() or [process]
        return []

    def start(self) -> None:
        self._popen = subprocess.Popen(  # lines of our own Procfile, no shell
            shlex.split(PROCFILE[self.procfile_entry]),
            cwd=PROJECT_FOLDER,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches the soak alone
        )
        assert self._popen.stdout is not None  # noqa: S101  # for mypy: it was asked for
        threading.Thread(
            target=_copy_output, args=(self._popen.stdout, self.log), daemon=True
        ).start()

    def kill(self) -> None:
        """Send SIGKILL to all of them."""
        if self._popen is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._popen.pid, signal.SIGKILL)
            self._popen.wait()

    def terminate(self) -> None:
        """Send SIGTERM, and kill what has not ended in time."""
        if self._popen is not None:
            self._popen.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._popen.wait(SHUTDOWN_TIMEOUT)
            self.kill()


def _copy_output(output: IO[bytes], log: Path) -> None:
    with output, log.open("ab") as log_file:
        for line in output:
            log_file.write(line)
            log_file.flush()
