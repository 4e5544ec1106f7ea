"""The faults that happen to the installation and its LMS under load, and end after seconds."""

import asyncio
import os
import signal
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from random import Random

import psutil  # type: ignore[import-untyped]  # ships no types

from bench.reconciliation.shifted_clock import ShiftedClock
from bench.soak.faulty_lms import FaultyLms
from bench.soak.installation import SoakInstallation, free_port
from bench.soak.program import Program
from bench.soak.response_modes import RESPOND_OK, RESPONSE_MODES, ResponseMode


@dataclass(frozen=True, kw_only=True)
class FaultContext:
    """What the faults act on; `random` chooses the details."""

    installation: SoakInstallation
    lms: FaultyLms
    clock: ShiftedClock
    random: Random


FaultAction = Callable[[FaultContext], AbstractAsyncContextManager[None]]


@dataclass(frozen=True, kw_only=True)
class Fault:
    """`apply` breaks something until its block ends; `ends_processes` if processes end by it."""

    name: str
    apply: FaultAction
    ends_processes: bool = False
    databases: frozenset[str] = frozenset({"sqlite", "postgresql"})


@asynccontextmanager
async def _kill(
    context: FaultContext, choose_program: Callable[[FaultContext], Program]
) -> AsyncIterator[None]:
    program = choose_program(context)
    await asyncio.to_thread(program.kill)
    yield
    program.start()


@asynccontextmanager
async def _terminate(
    context: FaultContext, choose_program: Callable[[FaultContext], Program]
) -> AsyncIterator[None]:
    program = choose_program(context)
    await asyncio.to_thread(program.terminate)
    yield
    program.start()


@asynccontextmanager
async def _kill_child(context: FaultContext) -> AsyncIterator[None]:
    """Kill a web process; gunicorn starts another."""
    for process in context.installation.web.processes[:1]:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    yield


@asynccontextmanager
async def _stop_database(context: FaultContext, stop_signal: signal.Signals) -> AsyncIterator[None]:
    server = context.installation.server
    assert server is not None  # noqa: S101  # for mypy: planned for PostgreSQL alone
    pid = server.get_pid()
    assert pid is not None  # noqa: S101  # as above
    os.kill(pid, stop_signal)
    while (server.pgdata / "postmaster.pid").exists():
        await asyncio.sleep(0.05)
    yield
    await asyncio.to_thread(server.start)


@asynccontextmanager
async def _lock_database(context: FaultContext) -> AsyncIterator[None]:
    """Another program writes to the file for a while."""
    path = context.installation.database_url.removeprefix("sqlite:///")
    other_connection = sqlite3.connect(
        path, isolation_level=None, timeout=10, check_same_thread=False
    )  # one after the other
    await asyncio.to_thread(other_connection.execute, "BEGIN IMMEDIATE")
    yield
    other_connection.close()


@asynccontextmanager
async def _fill_disk(context: FaultContext) -> AsyncIterator[None]:
    """Let no file of web and worker grow or be written to; their logs go through pipes."""
    _limit_files(context.installation, 0)
    yield
    _limit_files(context.installation, psutil.RLIM_INFINITY)


def _limit_files(installation: SoakInstallation, size: int) -> None:
    for program in installation.programs:
        for process in program.processes:
            with suppress(psutil.NoSuchProcess):
                _, hard = process.rlimit(psutil.RLIMIT_FSIZE)
                process.rlimit(psutil.RLIMIT_FSIZE, (size, hard))


@asynccontextmanager
async def _shift_clock(context: FaultContext, direction: int) -> AsyncIterator[None]:
    _set_clock(context, direction * context.random.randint(20, 90))
    yield
    _set_clock(context, 0)


def _set_clock(context: FaultContext, seconds: float) -> None:
    context.clock.shift(time.monotonic(), seconds)
    context.installation.set_clock(seconds)


@asynccontextmanager
async def _set_lms_mode(context: FaultContext, response_mode: ResponseMode) -> AsyncIterator[None]:
    context.lms.response_mode = response_mode
    yield
    context.lms.response_mode = RESPOND_OK


@asynccontextmanager
async def _close_lms(context: FaultContext) -> AsyncIterator[None]:
    await context.lms.close()
    yield
    await context.lms.open(context.installation.environment.lms_port)


@asynccontextmanager
async def _move_lms(context: FaultContext) -> AsyncIterator[None]:
    """Move the LMS to another address, which the service learns later, after a restart."""
    port = free_port()
    await context.lms.open(port)
    yield
    context.installation.move_lms(port)
    for program in context.installation.programs:
        await asyncio.to_thread(program.terminate)
        program.start()


def _web(context: FaultContext) -> Program:
    return context.installation.web


def _worker(context: FaultContext) -> Program:
    return context.random.choice(context.installation.workers)


_SQLITE, _POSTGRESQL = frozenset({"sqlite"}), frozenset({"postgresql"})

FAULTS: Mapping[str, Fault] = {
    fault.name: fault
    for fault in (
        Fault(name="kill -9 web", apply=partial(_kill, choose_program=_web), ends_processes=True),
        Fault(
            name="kill -9 worker", apply=partial(_kill, choose_program=_worker), ends_processes=True
        ),
        Fault(name="kill -9 one web process", apply=_kill_child, ends_processes=True),
        Fault(
            name="SIGTERM web", apply=partial(_terminate, choose_program=_web), ends_processes=True
        ),
        Fault(
            name="SIGTERM worker",
            apply=partial(_terminate, choose_program=_worker),
            ends_processes=True,
        ),
        Fault(name="LMS moves", apply=_move_lms, ends_processes=True),
        Fault(
            name="database stopped",
            apply=partial(_stop_database, stop_signal=signal.SIGINT),
            databases=_POSTGRESQL,
        ),
        Fault(
            name="database crashed",
            apply=partial(_stop_database, stop_signal=signal.SIGQUIT),
            databases=_POSTGRESQL,
        ),
        Fault(name="database locked", apply=_lock_database, databases=_SQLITE),
        Fault(name="disk full", apply=_fill_disk, databases=_SQLITE),
        Fault(name="clock set back", apply=partial(_shift_clock, direction=-1)),
        Fault(name="clock set forward", apply=partial(_shift_clock, direction=1)),
        Fault(name="LMS closed", apply=_close_lms),
        *(
            Fault(name=f"LMS {name}", apply=partial(_set_lms_mode, response_mode=mode))
            for name, mode in RESPONSE_MODES.items()
        ),
    )
}
