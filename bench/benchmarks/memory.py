"""Measures the memory of the processes after they have worked for a while."""

from contextlib import ExitStack

import psutil  # type: ignore[import-untyped]  # ships no types

from bench.benchmark import Benchmark, Measurement, Threshold
from bench.benchmarks.heartbeats import heartbeat_requests
from bench.benchmarks.poll import poll_requests
from bench.benchmarks.webhooks import result_request
from bench.conditions import Conditions
from bench.installation import create_installation

_SESSIONS = 1000


def _measure(conditions: Conditions) -> Measurement:
    with create_installation(conditions, _SESSIONS) as installation, ExitStack() as stack:
        _, worker, web = (
            stack.enter_context(process)
            for process in (installation.lms(), installation.worker(), installation.web())
        )
        load_results = [
            conditions.load_generator(requests, installation.web_port, conditions.seconds)
            for requests in (
                [result_request(installation)],
                heartbeat_requests(installation, _SESSIONS),
                poll_requests(installation, _SESSIONS),
            )
        ]
        web_megabytes = max(
            _megabytes(process) for process in psutil.Process(web.popen.pid).children()
        )
        worker_megabytes = _megabytes(psutil.Process(worker.popen.pid))
    answered_count = sum(load_result.answered for load_result in load_results)
    return Measurement(
        value=max(web_megabytes, worker_megabytes),
        detail=f"a web process {web_megabytes:.0f} MB, the worker {worker_megabytes:.0f} MB, after "
        f"{answered_count:,} requests",
        faults=tuple(fault for load_result in load_results for fault in load_result.faults),
    )


def _megabytes(process: psutil.Process) -> float:
    """Return the resident memory, shared libraries included."""
    return float(process.memory_info().rss) / 1e6


_THRESHOLD = Threshold(limit=90, is_maximum=True, number_format="{:.0f} MB")

BENCHMARK = Benchmark(
    name="memory",
    title="memory: a web process / the worker",
    thresholds={"sqlite": _THRESHOLD, "postgresql": _THRESHOLD},
    measure=_measure,
)
