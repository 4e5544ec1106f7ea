"""Measures every point of one database."""

import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from statistics import median

from bench.benchmarks.deliveries import MESSAGES_PER_ROUND, deliver_messages
from bench.benchmarks.million_sessions import WORKLOADS, Workload
from bench.compare import measure_ours
from bench.conditions import FULL_SESSION_COUNT, Conditions
from bench.growth.point import GrowthPoint
from bench.installation import BenchInstallation, create_installation
from proctor_results.database.connect import connect
from proctor_results.database.connection import Database
from proctor_results.database.statement import Statement

SIZES = (1000, 100_000, FULL_SESSION_COUNT)
WEB_PROCESSES = {"sqlite": (1,), "postgresql": (1, 3)}
WORKERS = (1, 3)

_QUIET_SECONDS = 3
"""A new worker has written all checkpoints when that many seconds bring none."""


class GrowthError(Exception):
    """A response or a due delivery is not as it must be; the message says how."""


def measure_points(
    conditions: Conditions, database: str, sizes: tuple[int, ...] = SIZES
) -> Iterator[GrowthPoint]:
    """Measure deliveries first: the measured webhooks make others due. Raises GrowthError."""
    for sessions in sizes:
        with create_installation(conditions, sessions) as installation:
            measured_rates = [
                *_measure_deliveries(conditions, installation, sessions),
                *_measure_requests(conditions, installation, WEB_PROCESSES[database], sessions),
            ]
        for kind, processes, rate in measured_rates:
            yield GrowthPoint(
                kind=kind, database=database, processes=processes, sessions=sessions, rate=rate
            )


MeasuredRate = tuple[str, int, float]
"""Workload, number of processes, rate per second."""


def _measure_deliveries(
    conditions: Conditions, installation: BenchInstallation, sessions: int
) -> Iterator[MeasuredRate]:
    for workers in WORKERS:
        rate = _delivery_rate(
            conditions, installation, workers, min(MESSAGES_PER_ROUND, 4 * sessions // 5)
        )
        conditions.report_progress(
            f"{sessions:,} sessions, workers: {workers}, {rate:,.0f} deliveries a second"
        )
        yield "deliveries", workers, rate


def _delivery_rate(
    conditions: Conditions, installation: BenchInstallation, workers: int, messages: int
) -> float:
    with ExitStack() as stack:
        database = stack.enter_context(closing(connect(installation.database_url)))
        for process in (
            installation.lms(),
            *(installation.worker(number) for number in range(workers)),
        ):
            stack.enter_context(process)
        _wait_for_checkpoints(database)
        rounds = [
            deliver_messages(installation, database, messages) for _ in range(conditions.rounds)
        ]
    _raise_on_faults(fault for _, faults in rounds for fault in faults)
    return messages / median(seconds for seconds, _ in rounds)


def _wait_for_checkpoints(database: Database) -> None:
    previous_count, quiet_seconds = -1, 0.0
    while quiet_seconds < _QUIET_SECONDS:
        current_count = database.fetch(_COUNT_CHECKPOINTS)[0][0]
        previous_count, quiet_seconds = (
            current_count,
            quiet_seconds + 0.5 if current_count == previous_count else 0,
        )
        time.sleep(0.5)


def _measure_requests(
    conditions: Conditions,
    installation: BenchInstallation,
    processes: tuple[int, ...],
    sessions: int,
) -> Iterator[MeasuredRate]:
    for number in processes:
        scaled_installation = replace(installation, web_processes=number)
        with scaled_installation.web():
            for workload in WORKLOADS:
                rate = _request_rate(conditions, scaled_installation, workload, sessions)
                conditions.report_progress(
                    f"{sessions:,} sessions, web processes: {number}, {rate:,.0f} {workload.name} "
                    "a second"
                )
                yield workload.name, number, rate


def _request_rate(
    conditions: Conditions, installation: BenchInstallation, workload: Workload, sessions: int
) -> float:
    requests = workload.requests(installation, sessions)
    conditions.load_generator(requests, installation.web_port, conditions.warm_up)
    rounds = [
        measure_ours(conditions, installation, requests, workload.counts)
        for _ in range(conditions.rounds)
    ]
    _raise_on_faults(fault for _, faults in rounds for fault in faults)
    return median(run.rate for run, _ in rounds)


def _raise_on_faults(faults: Iterable[str]) -> None:
    message = "\n".join(faults)
    if message:
        raise GrowthError(message)


_COUNT_CHECKPOINTS = Statement("SELECT COUNT(*) FROM checkpoint")
