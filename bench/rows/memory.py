"""How much memory the processes take, once they have worked for a while."""

from contextlib import ExitStack

import psutil  # type: ignore[import-untyped]  # ships no types

from bench.conditions import Conditions
from bench.row import Figure, Promise, Row
from bench.rows.heartbeats import beats
from bench.rows.poll import questions
from bench.rows.webhooks import result
from bench.site import site

_SESSIONS = 1000


def _measure(conditions: Conditions) -> Figure:
    with site(conditions, _SESSIONS) as made, ExitStack() as stack:
        _, worker, web = (stack.enter_context(each) for each in (made.lms(), made.worker(), made.web()))
        runs = [
            conditions.load(requests, made.web_port, conditions.seconds)
            for requests in ([result(made)], beats(made, _SESSIONS), questions(made, _SESSIONS))
        ]
        webs = max(_megabytes(each) for each in psutil.Process(web.popen.pid).children())
        workers = _megabytes(psutil.Process(worker.popen.pid))
    answered = sum(run.answered for run in runs)
    return Figure(
        value=max(webs, workers),
        detail=f"a web process {webs:.0f} MB, the worker {workers:.0f} MB, after {answered:,} requests",
        faults=tuple(fault for run in runs for fault in run.faults),
    )


def _megabytes(process: psutil.Process) -> float:
    """What of it is in memory, shared libraries included."""
    return float(process.memory_info().rss) / 1e6


_PROMISE = Promise(bound=90, at_most=True, shown="{:.0f} MB")

ROW = Row(
    name="memory",
    title="memory: a web process / the worker",
    promises={"sqlite": _PROMISE, "postgresql": _PROMISE},
    measure=_measure,
)
