"""The benchmarks; a new one is a file and a name here."""

from bench.benchmark import Benchmark
from bench.benchmarks import (
    dashboard,
    deliveries,
    delivery_latency,
    heartbeats,
    memory,
    million_sessions,
    poll,
    tail_latency,
    timeout_locks,
    webhooks,
)

_MODULES = (
    webhooks,
    heartbeats,
    poll,
    tail_latency,
    million_sessions,
    dashboard,
    deliveries,
    delivery_latency,
    memory,
    timeout_locks,
)

BENCHMARKS: tuple[Benchmark, ...] = tuple(module.BENCHMARK for module in _MODULES)
