"""Runs processes beside this one, and leaves none behind."""

import os
import signal
import subprocess  # noqa: S404  # the demo is made of real processes
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from proctor_results.sandbox.demo.faults import DemoError
from proctor_results.sandbox.demo.premises import HOME

LINES_OF_A_TAIL = 15


@dataclass(frozen=True, kw_only=True)
class Process:
    """A process of ours, leader of its own group, and the file that takes what it says."""

    name: str
    popen: subprocess.Popen[bytes]
    log: Path

    def tail(self) -> str:
        """The end of what it said, under a line that names the file."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join([f"--- the end of {self.log}", *lines[-LINES_OF_A_TAIL:]])


@contextmanager
def running(
    commands: Mapping[str, Sequence[str]],
    environment: Mapping[str, str],
    folder: Path,
    patience: float = 30,  # seconds; the service promises to stop within 25
) -> Iterator[Sequence[Process]]:
    """Runs Python with each of the arguments, logging into `folder`; stops them all however the block is left."""
    processes: list[Process] = []
    with _signals(_leave, signal.SIGTERM, signal.SIGHUP):
        try:
            for name, arguments in commands.items():
                with _signals_wait():
                    processes.append(_start(name, arguments, environment, folder / f"{name}.log"))
            yield processes
        finally:
            _stop(processes, patience)


def complete(name: str, arguments: Sequence[str], environment: Mapping[str, str], folder: Path) -> None:
    """Runs one process to its end. Raises DemoError where that is not a good one, or not within a minute."""
    with running({name: arguments}, environment, folder) as (process,):
        with suppress(subprocess.TimeoutExpired):
            process.popen.wait(60)
        if process.popen.returncode != 0:
            raise DemoError(f"{name} {_ended(process)}\n{process.tail()}")


def blamed(message: str, processes: Iterable[Process]) -> DemoError:
    """The message as an error, followed by the end of what each process said."""
    return DemoError("\n".join([message, *(process.tail() for process in processes)]))


def check(processes: Iterable[Process]) -> None:
    """Raises DemoError where one of them has ended."""
    for process in processes:
        if process.popen.poll() is not None:
            raise DemoError(f"{process.name} {_ended(process)}\n{process.tail()}")


Handler = Callable[[int, FrameType | None], object]


@contextmanager
def _signals(handler: Handler, *numbers: int) -> Iterator[None]:
    before = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)


def _leave(number: int, _: FrameType | None) -> None:
    """Turns a signal into an exit, so that the blocks on the way out are closed."""
    raise SystemExit(128 + number)


@contextmanager
def _signals_wait() -> Iterator[None]:
    """A signal between the start of a process and its entry in the list would leave that process behind."""
    late: list[int] = []
    with _signals(lambda number, _: late.append(number), signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        yield
    for number in late:
        signal.raise_signal(number)


def _start(name: str, arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> Process:
    with log.open("wb") as said:
        popen = subprocess.Popen(  # noqa: S603  # our own arguments, no shell
            [sys.executable, *arguments],
            cwd=HOME,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches this process alone, which then stops the others in order
        )
    return Process(name=name, popen=popen, log=log)


def _stop(processes: Sequence[Process], patience: float) -> None:
    """Asks them to end; whoever has not after a while, or when a second signal hurries, is killed with its group."""
    try:
        for process in processes:
            process.popen.terminate()
        _wait(processes, time.monotonic() + patience)
    finally:
        with _signals_wait():
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


def _ended(process: Process) -> str:
    code = process.popen.returncode
    return "took too long" if code is None else f"ended with exit code {code}"
