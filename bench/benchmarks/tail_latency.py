"""Compares the slowest webhooks with the median."""

from statistics import median

from bench.benchmark import Benchmark, Measurement, Threshold
from bench.benchmarks.webhooks import STORED_ROWS, result_request
from bench.compare import measure_ours
from bench.conditions import Conditions
from bench.installation import create_installation
from bench.load.base import CONNECTIONS, LoadResult


def _measure(conditions: Conditions) -> Measurement:
    with create_installation(conditions) as installation, installation.web():
        requests = [result_request(installation)]
        conditions.load_generator(requests, installation.web_port, conditions.warm_up)
        rounds = [
            measure_ours(conditions, installation, requests, STORED_ROWS)
            for _ in range(conditions.rounds)
        ]
    p50, p99 = (
        median(load_result.latencies[percent] for load_result, _ in rounds) for percent in (50, 99)
    )
    return Measurement(
        value=median(_ratio(load_result) for load_result, _ in rounds),
        detail=f"half within {p50:.1f} ms, 99 of 100 within {p99:.1f} ms",
        faults=tuple(fault for _, faults in rounds for fault in faults),
    )


def _ratio(load_result: LoadResult) -> float:
    return load_result.latencies[99] / load_result.latencies[50]


_THRESHOLD = Threshold(limit=6, is_maximum=True, number_format="{:.1f}")

BENCHMARK = Benchmark(
    name="tail_latency",
    title=f"p99 ÷ p50 of accepted webhooks, {CONNECTIONS} connections",
    thresholds={"sqlite": _THRESHOLD, "postgresql": _THRESHOLD},
    measure=_measure,
)
