"""Compares the throughput with a million stored sessions and with a thousand."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median

from bench.benchmark import Benchmark, Measurement, Threshold
from bench.benchmarks.heartbeats import HEARTBEAT_COUNTS, heartbeat_requests
from bench.benchmarks.poll import poll_requests
from bench.benchmarks.webhooks import STORED_ROWS, result_request
from bench.compare import measure_ours
from bench.conditions import FULL_SESSION_COUNT, Conditions
from bench.installation import BenchInstallation, create_installation, installation_on
from bench.verify_stored import RowCount

SMALL_SESSION_COUNT = 1000


@dataclass(frozen=True, kw_only=True)
class LoadedInstallation:
    """A running installation and its number of sessions."""

    installation: BenchInstallation
    sessions: int


@dataclass(frozen=True, kw_only=True)
class Workload:
    """The requests for both sides, and the count that must grow with every response."""

    name: str
    requests: Callable[[BenchInstallation, int], list[bytes]]
    counts: tuple[RowCount, ...]


WORKLOADS = (
    Workload(
        name="webhooks",
        requests=lambda installation, _: [result_request(installation)],
        counts=STORED_ROWS,
    ),
    Workload(name="heartbeats", requests=heartbeat_requests, counts=HEARTBEAT_COUNTS),
    Workload(name="polls", requests=poll_requests, counts=()),
)


def _measure(conditions: Conditions) -> Measurement:
    with ExitStack() as stack:
        small = _start_installation(
            stack,
            stack.enter_context(create_installation(conditions, SMALL_SESSION_COUNT)),
            SMALL_SESSION_COUNT,
        )
        large = _start_installation(
            stack, installation_on(conditions, conditions.full_database()), FULL_SESSION_COUNT
        )
        rounds_by_workload = {
            workload.name: _ratios(conditions, workload, small, large) for workload in WORKLOADS
        }
    ratios = {
        name: median(ratio for ratio, _ in rounds) for name, rounds in rounds_by_workload.items()
    }
    return Measurement(
        value=min(ratios.values()),
        detail="the least of " + ", ".join(f"{name} {ratio:.2f}" for name, ratio in ratios.items()),
        faults=tuple(
            fault
            for rounds in rounds_by_workload.values()
            for _, faults in rounds
            for fault in faults
        ),
    )


def _start_installation(
    stack: ExitStack, installation: BenchInstallation, sessions: int
) -> LoadedInstallation:
    stack.enter_context(installation.web())
    return LoadedInstallation(installation=installation, sessions=sessions)


def _ratios(
    conditions: Conditions, workload: Workload, small: LoadedInstallation, large: LoadedInstallation
) -> list[tuple[float, tuple[str, ...]]]:
    """Return the ratio of each round, and what is wrong with it."""
    for loaded in (small, large):
        conditions.load_generator(
            workload.requests(loaded.installation, loaded.sessions),
            loaded.installation.web_port,
            conditions.warm_up,
        )
    return [_ratio(conditions, workload, small, large) for _ in range(conditions.rounds)]


def _ratio(
    conditions: Conditions, workload: Workload, small: LoadedInstallation, large: LoadedInstallation
) -> tuple[float, tuple[str, ...]]:
    (small_result, faults), (large_result, more_faults) = (
        measure_ours(
            conditions,
            loaded.installation,
            workload.requests(loaded.installation, loaded.sessions),
            workload.counts,
        )
        for loaded in (small, large)
    )
    ratio = large_result.rate / small_result.rate
    conditions.report_progress(
        f"{workload.name}: {SMALL_SESSION_COUNT:,} {small_result.rate:,.0f}, "
        f"{FULL_SESSION_COUNT:,} {large_result.rate:,.0f} a second: {ratio:.2f}"
    )
    return ratio, (*faults, *more_faults)


_THRESHOLD = Threshold(limit=0.9)

BENCHMARK = Benchmark(
    name="million_sessions",
    title=f"throughput with {FULL_SESSION_COUNT:,} sessions stored ÷ with {SMALL_SESSION_COUNT:,}",
    thresholds={"sqlite": _THRESHOLD, "postgresql": _THRESHOLD},
    measure=_measure,
)
