"""How much longer the slowest webhooks take than most."""

from statistics import median

from bench.conditions import Conditions
from bench.load.plan import CONNECTIONS, Run
from bench.row import Figure, Promise, Row
from bench.rows.webhooks import STORED, result
from bench.site import site
from bench.versus import ours_alone


def _measure(conditions: Conditions) -> Figure:
    with site(conditions) as made, made.web():
        requests = [result(made)]
        conditions.load(requests, made.web_port, conditions.warm_up)
        rounds = [ours_alone(conditions, made, requests, STORED) for _ in range(conditions.rounds)]
    middle, slow = (median(run.latencies[percent] for run, _ in rounds) for percent in (50, 99))
    return Figure(
        value=median(_ratio(run) for run, _ in rounds),
        detail=f"half within {middle:.1f} ms, 99 of 100 within {slow:.1f} ms",
        faults=tuple(fault for _, faults in rounds for fault in faults),
    )


def _ratio(run: Run) -> float:
    return run.latencies[99] / run.latencies[50]


_PROMISE = Promise(bound=6, at_most=True, shown="{:.1f}")

ROW = Row(
    name="tail",
    title=f"p99 ÷ p50 of accepted webhooks, {CONNECTIONS} connections",
    promises={"sqlite": _PROMISE, "postgresql": _PROMISE},
    measure=_measure,
)
