"""Measures how long it takes to lock a whole cohort that falls silent at once."""

import multiprocessing
import time
from contextlib import closing
from datetime import datetime, timedelta
from multiprocessing.synchronize import Barrier

from bench.benchmark import Benchmark, Measurement, Threshold
from bench.conditions import Conditions
from bench.fill_database import SESSIONS_PER_COPY
from bench.installation import create_installation
from proctor_results.database.connect import connect
from proctor_results.database.statement import Statement
from proctor_results.dependencies import Dependencies
from proctor_results.formats.times import from_milliseconds
from proctor_results.heartbeats.liveness import report_liveness
from proctor_results.heartbeats.lock_timed_out import lock_timed_out_sessions
from proctor_results.policies.load import default_policy
from proctor_results.worker.steps import LOCK_BATCH_SIZE
from tests.support.recording_target import RecordingTarget

LEARNERS = 10_000
WORKERS = 2


def _measure(conditions: Conditions) -> Measurement:
    with create_installation(conditions, SESSIONS_PER_COPY * LEARNERS) as installation:
        seconds = _lock_all(installation.database_url, _stop_heartbeats(installation.database_url))
        with closing(connect(installation.database_url)) as database:
            (counts,) = database.fetch(_LOCK_COUNTS)
    counts_by_name = dict(
        zip(("sessions locked", "decisions", "messages due"), counts, strict=True)
    )
    return Measurement(
        value=seconds,
        detail=f"{LEARNERS / seconds:,.0f} a second by {WORKERS} workers",
        faults=tuple(
            f"{number} {name} of {LEARNERS}"
            for name, number in counts_by_name.items()
            if number != LEARNERS
        ),
    )


def _stop_heartbeats(url: str) -> datetime:
    """Make all deadlines pass while a web process reports its liveness."""
    deps = _create_deps(url)
    timed_out_at = from_milliseconds(deps.database.fetch(_LAST_DEADLINE)[0][0]) + timedelta(
        minutes=2
    )
    for seconds in range(-180, 1, 5):
        reported_at = timed_out_at + timedelta(seconds=seconds)
        report_liveness(deps, reported_at, reported_at)
    deps.database.close()
    return timed_out_at


def _lock_all(url: str, timed_out_at: datetime) -> float:
    """Return the seconds from when all workers are ready until no session is left to lock."""
    context = multiprocessing.get_context("spawn")  # a fork would share connections
    all_ready = context.Barrier(WORKERS + 1)
    workers = [
        context.Process(target=_lock_until_none_left, args=(url, timed_out_at, all_ready))
        for _ in range(WORKERS)
    ]
    for worker in workers:
        worker.start()
    all_ready.wait(60)
    started = time.perf_counter()
    for worker in workers:
        worker.join()
    return time.perf_counter() - started


def _lock_until_none_left(url: str, timed_out_at: datetime, all_ready: Barrier) -> None:
    deps = _create_deps(url)
    all_ready.wait(60)
    while lock_timed_out_sessions(deps, LOCK_BATCH_SIZE, timed_out_at):
        pass
    deps.database.close()


def _create_deps(url: str) -> Dependencies:
    return Dependencies(
        database=connect(url), policy=default_policy(), targets=(RecordingTarget(name="webhook"),)
    )


_LAST_DEADLINE = Statement("SELECT MAX(deadline) FROM heartbeat_state")

_LOCK_COUNTS = Statement("""
SELECT (SELECT COUNT(*) FROM session WHERE holds LIKE '%"disconnected"%'),
  (SELECT COUNT(*) FROM decision WHERE cause = 'timeout_locks'),
  (SELECT COUNT(*) FROM delivery WHERE topic = 'lock' AND next_attempt_at IS NOT NULL)
""")

_THRESHOLD = Threshold(limit=10, is_maximum=True, number_format="{:.1f} s")

BENCHMARK = Benchmark(
    name="timeout_locks",
    title=f"{LEARNERS:,} learners who fall silent at once are locked",
    thresholds={"sqlite": _THRESHOLD, "postgresql": _THRESHOLD},
    measure=_measure,
)
