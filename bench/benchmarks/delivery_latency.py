"""Measures the time from an arriving webhook to the LMS's response, at fifty a second."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import count
from statistics import median, quantiles

import requests

from bench.benchmark import Benchmark, Measurement, Threshold
from bench.conditions import Conditions
from bench.installation import BenchInstallation, create_installation
from demo.environment import HOST
from sandbox.vendor.bodies import captured_body, to_compact_json

WEBHOOKS_PER_SECOND = 50
"""Webhooks are sent at this rate, whether those before were delivered or not."""

_POSTING_THREADS = 16
_DELIVERY_TIMEOUT = 10
_NUMBERS = count()


def _measure(conditions: Conditions) -> Measurement:
    with create_installation(conditions) as installation, ExitStack() as stack:
        for process in (installation.lms(), installation.worker(), installation.web()):
            stack.enter_context(process)
        _run_round(installation, conditions.warm_up)
        rounds = [_run_round(installation, conditions.seconds) for _ in range(conditions.rounds)]
    percentiles = [quantiles(latencies, n=20) for latencies, _ in rounds]
    p50, p95 = (1000 * median(percentile[index] for percentile in percentiles) for index in (9, 18))
    return Measurement(
        value=p95,
        detail=f"half within {p50:.0f} ms, 19 of 20 within {p95:.0f} ms of "
        f"{WEBHOOKS_PER_SECOND * conditions.seconds} a round",
        faults=tuple(fault for _, faults in rounds for fault in faults),
    )


def _run_round(
    installation: BenchInstallation, seconds: int
) -> tuple[list[float], tuple[str, ...]]:
    """Return the seconds of each webhook until its delivery, and what is wrong."""
    started = time.monotonic() + 0.1
    due_at = {
        f"delivered-{next(_NUMBERS)}": started + index / WEBHOOKS_PER_SECOND
        for index in range(WEBHOOKS_PER_SECOND * seconds)
    }
    with ThreadPoolExecutor(_POSTING_THREADS) as pool, requests.Session() as session:
        posted = dict(
            zip(
                due_at,
                pool.map(lambda item: _post(installation, session, *item), due_at.items()),
                strict=True,
            )
        )
    answered_at = _collect_answer_times(installation, sum(posted.values()))
    latencies = [times[0] - due_at[identifier] for identifier, times in answered_at.items()]
    accepted = {identifier for identifier, was_accepted in posted.items() if was_accepted}
    return latencies, tuple(_faults(due_at, accepted, answered_at))


def _post(
    installation: BenchInstallation, session: requests.Session, identifier: str, due_at: float
) -> bool:
    """Post the result of a session when it is due, and return whether it was accepted."""
    time.sleep(max(0, due_at - time.monotonic()))
    body = to_compact_json(
        {**json.loads(captured_body()), "identifier": identifier, "status": "accepted"}
    )
    url, headers = (
        f"http://{HOST}:{installation.web_port}/webhooks/supervisor",
        {"X-Api-Key": installation.vendor_key},
    )
    return session.post(url, body, headers=headers, timeout=30).status_code == 200


def _collect_answer_times(installation: BenchInstallation, expected: int) -> dict[str, list[float]]:
    """Return the time of the delivery by identifier; wait for as many as are expected."""
    answered_at: dict[str, list[float]] = {}
    deadline = time.monotonic() + _DELIVERY_TIMEOUT
    while len(answered_at) < expected and time.monotonic() < deadline:
        time.sleep(0.2)
        for message_id, times in installation.answer_times().items():
            answered_at.setdefault(message_id.partition(".")[0], []).extend(times)
    return answered_at


def _faults(
    due_at: dict[str, float], accepted: set[str], answered_at: dict[str, list[float]]
) -> Iterator[str]:
    failures = {
        "were not accepted": due_at.keys() - accepted,
        "were accepted and not delivered": accepted - answered_at.keys(),
        "were delivered more than once": {
            identifier for identifier, times in answered_at.items() if len(times) > 1
        },
    }
    yield from (
        f"{len(identifiers)} of {len(due_at)} webhooks {description}"
        for description, identifiers in failures.items()
        if identifiers
    )


_THRESHOLD = Threshold(limit=150, is_maximum=True, number_format="{:.0f} ms")

BENCHMARK = Benchmark(
    name="delivery_latency",
    title=f"accepted webhook → LMS delivery_latency, at {WEBHOOKS_PER_SECOND} a second, p95",
    thresholds={"sqlite": _THRESHOLD, "postgresql": _THRESHOLD},
    measure=_measure,
)
