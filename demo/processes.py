"""Runs processes beside this one and leaves none behind."""

import os
import signal
import subprocess  # the demo is made of real processes
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from demo.environment import PROJECT_FOLDER
from demo.errors import DemoError

LOG_TAIL_LINES = 15


@dataclass(frozen=True, kw_only=True)
class Process:
    """A process of ours, leader of its own process group, and its log file."""

    name: str
    popen: subprocess.Popen[bytes]
    log: Path

    def log_tail(self) -> str:
        """Return the end of the log under a line that names the file."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join([f"--- last lines of {self.log}", *lines[-LOG_TAIL_LINES:]])


@contextmanager
def run_processes(
    commands: Mapping[str, Sequence[str]],
    environment: Mapping[str, str],
    folder: Path,
    stop_timeout: float = 30,  # seconds; the service promises to stop within 25
) -> Iterator[Sequence[Process]]:
    """Run Python with each of the arguments, logging into `folder`.

    All of them are stopped when the block ends, in whatever way.
    """
    processes: list[Process] = []
    with (
        _signal_handlers(_raise_exit, signal.SIGTERM, signal.SIGHUP),
        # A shell that starts this in the background makes it inherit an ignored SIGINT.
        _signal_handlers(signal.default_int_handler, signal.SIGINT),
    ):
        try:
            for name, arguments in commands.items():
                with _defer_signals():
                    processes.append(_start(name, arguments, environment, folder / f"{name}.log"))
            yield processes
        finally:
            _stop(processes, stop_timeout)


def run_to_completion(
    name: str, arguments: Sequence[str], environment: Mapping[str, str], folder: Path
) -> None:
    """Run one process to its end.

    Raises DemoError where it fails, or does not end within a minute.
    """
    with run_processes({name: arguments}, environment, folder) as (process,):
        with suppress(subprocess.TimeoutExpired):
            process.popen.wait(60)
        if process.popen.returncode != 0:
            raise DemoError(f"{name} {_exit_description(process)}\n{process.log_tail()}")


def with_process_logs(message: str, processes: Iterable[Process]) -> DemoError:
    """Return the message as an error, followed by the end of each process's log."""
    return DemoError("\n".join([message, *(process.log_tail() for process in processes)]))


def raise_if_ended(processes: Iterable[Process]) -> None:
    """Raise DemoError where one of them has ended."""
    for process in processes:
        if process.popen.poll() is not None:
            raise DemoError(f"{process.name} {_exit_description(process)}\n{process.log_tail()}")


SignalHandler = Callable[[int, FrameType | None], object]


@contextmanager
def _signal_handlers(handler: SignalHandler, *numbers: int) -> Iterator[None]:
    previous_handlers = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, previous in previous_handlers.items():
            signal.signal(number, previous)


def _raise_exit(number: int, _: FrameType | None) -> None:
    """Turn a signal into an exit, so that the open blocks are closed."""
    raise SystemExit(128 + number)


@contextmanager
def _defer_signals() -> Iterator[None]:
    """Defer signals: one that came before a new process is in the list would leave it behind."""
    deferred: list[int] = []
    with _signal_handlers(
        lambda number, _: deferred.append(number), signal.SIGINT, signal.SIGTERM, signal.SIGHUP
    ):
        yield
    for number in deferred:
        signal.raise_signal(number)


def _start(
    name: str, arguments: Sequence[str], environment: Mapping[str, str], log: Path
) -> Process:
    with log.open("wb") as log_file:
        popen = subprocess.Popen(  # our own arguments, no shell
            [sys.executable, *arguments],
            cwd=PROJECT_FOLDER,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=log_file,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches this process alone, which stops the others
        )
    return Process(name=name, popen=popen, log=log)


def _stop(processes: Sequence[Process], timeout_seconds: float) -> None:
    """Send SIGTERM; kill a process with its group after the timeout or a second signal."""
    try:
        for process in processes:
            process.popen.terminate()
        _wait(processes, time.monotonic() + timeout_seconds)
    finally:
        with _defer_signals():
            for process in processes:
                _kill(process)


def _wait(processes: Sequence[Process], deadline: float) -> None:
    with suppress(subprocess.TimeoutExpired):
        for process in processes:
            process.popen.wait(max(0, deadline - time.monotonic()))


def _kill(process: Process) -> None:
    with suppress(ProcessLookupError, PermissionError):  # the group is empty: everything has ended
        os.killpg(process.popen.pid, signal.SIGKILL)
    process.popen.wait()


def _exit_description(process: Process) -> str:
    code = process.popen.returncode
    return "took too long" if code is None else f"ended with exit code {code}"
