"""What is done to the installation and its LMS while it is under load, and undone after some seconds."""

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

from bench.reconciliation.clock import Clock
from bench.soak.installation import Installation, free_port
from bench.soak.lms import Lms
from bench.soak.moods import MOODS, WELL, Mood
from bench.soak.program import Program


@dataclass(frozen=True, kw_only=True)
class Scene:
    """What faults happen to. `random` chooses the details."""

    site: Installation
    lms: Lms
    clock: Clock
    random: Random


Doing = Callable[[Scene], AbstractAsyncContextManager[None]]


@dataclass(frozen=True, kw_only=True)
class Fault:
    """`doing` breaks something, and mends it when its block is left. `ends` if processes end over it."""

    name: str
    doing: Doing
    ends: bool = False
    databases: frozenset[str] = frozenset({"sqlite", "postgresql"})


@asynccontextmanager
async def _killed(scene: Scene, whom: Callable[[Scene], Program]) -> AsyncIterator[None]:
    program = whom(scene)
    await asyncio.to_thread(program.kill)
    yield
    program.start()


@asynccontextmanager
async def _asked_to_end(scene: Scene, whom: Callable[[Scene], Program]) -> AsyncIterator[None]:
    program = whom(scene)
    await asyncio.to_thread(program.end)
    yield
    program.start()


@asynccontextmanager
async def _child_killed(scene: Scene) -> AsyncIterator[None]:
    """gunicorn starts another."""
    for process in scene.site.web.processes[:1]:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    yield


@asynccontextmanager
async def _database_stopped(scene: Scene, how: signal.Signals) -> AsyncIterator[None]:
    server = scene.site.server
    assert server is not None  # noqa: S101  # for mypy: planned for PostgreSQL alone
    pid = server.get_pid()
    assert pid is not None  # noqa: S101  # as above
    os.kill(pid, how)
    while (server.pgdata / "postmaster.pid").exists():
        await asyncio.sleep(0.05)
    yield
    await asyncio.to_thread(server.start)


@asynccontextmanager
async def _database_locked(scene: Scene) -> AsyncIterator[None]:
    """Another program writes to the file, and takes its time."""
    path = scene.site.database_url.removeprefix("sqlite:///")
    other = sqlite3.connect(path, isolation_level=None, timeout=10, check_same_thread=False)  # one after the other
    await asyncio.to_thread(other.execute, "BEGIN IMMEDIATE")
    yield
    other.close()


@asynccontextmanager
async def _disk_full(scene: Scene) -> AsyncIterator[None]:
    """No file of web and worker may grow or be written to; their logs go through pipes."""
    _limit_files(scene.site, 0)
    yield
    _limit_files(scene.site, psutil.RLIM_INFINITY)


def _limit_files(site: Installation, size: int) -> None:
    for program in site.programs:
        for process in program.processes:
            with suppress(psutil.NoSuchProcess):
                _, hard = process.rlimit(psutil.RLIMIT_FSIZE)
                process.rlimit(psutil.RLIMIT_FSIZE, (size, hard))


@asynccontextmanager
async def _clock_wrong(scene: Scene, direction: int) -> AsyncIterator[None]:
    _set(scene, direction * scene.random.randint(20, 90))
    yield
    _set(scene, 0)


def _set(scene: Scene, seconds: float) -> None:
    scene.clock.shift(time.monotonic(), seconds)
    scene.site.set_clock(seconds)


@asynccontextmanager
async def _lms_in(scene: Scene, mood: Mood) -> AsyncIterator[None]:
    scene.lms.mood = mood
    yield
    scene.lms.mood = WELL


@asynccontextmanager
async def _lms_closed(scene: Scene) -> AsyncIterator[None]:
    await scene.lms.close()
    yield
    await scene.lms.open(scene.site.premises.lms_port)


@asynccontextmanager
async def _lms_moved(scene: Scene) -> AsyncIterator[None]:
    """It answers at another address, which the service learns some time later, as it is started anew."""
    port = free_port()
    await scene.lms.open(port)
    yield
    scene.site.move_lms(port)
    for program in scene.site.programs:
        await asyncio.to_thread(program.end)
        program.start()


def _web(scene: Scene) -> Program:
    return scene.site.web


def _worker(scene: Scene) -> Program:
    return scene.random.choice(scene.site.workers)


_SQLITE, _POSTGRESQL = frozenset({"sqlite"}), frozenset({"postgresql"})

FAULTS: Mapping[str, Fault] = {
    fault.name: fault
    for fault in (
        Fault(name="kill -9 web", doing=partial(_killed, whom=_web), ends=True),
        Fault(name="kill -9 worker", doing=partial(_killed, whom=_worker), ends=True),
        Fault(name="kill -9 one web process", doing=_child_killed, ends=True),
        Fault(name="SIGTERM web", doing=partial(_asked_to_end, whom=_web), ends=True),
        Fault(name="SIGTERM worker", doing=partial(_asked_to_end, whom=_worker), ends=True),
        Fault(name="LMS moves", doing=_lms_moved, ends=True),
        Fault(name="database stopped", doing=partial(_database_stopped, how=signal.SIGINT), databases=_POSTGRESQL),
        Fault(name="database crashed", doing=partial(_database_stopped, how=signal.SIGQUIT), databases=_POSTGRESQL),
        Fault(name="database locked", doing=_database_locked, databases=_SQLITE),
        Fault(name="disk full", doing=_disk_full, databases=_SQLITE),
        Fault(name="clock set back", doing=partial(_clock_wrong, direction=-1)),
        Fault(name="clock set forward", doing=partial(_clock_wrong, direction=1)),
        Fault(name="LMS closed", doing=_lms_closed),
        *(Fault(name=f"LMS {name}", doing=partial(_lms_in, mood=mood)) for name, mood in MOODS.items()),
    )
}
