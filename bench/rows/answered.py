"""How long after a webhook was due to come the LMS has answered the message about it, at fifty a second."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import count
from statistics import median, quantiles

import requests

from bench.conditions import Conditions
from bench.row import Figure, Promise, Row
from bench.site import Site, site
from proctor_results.sandbox.bodies import captured, compact
from proctor_results.sandbox.demo.premises import HOST

RATE = 50
"""Webhooks a second, whether those before have been answered or not."""

_POSTERS = 16
_PATIENCE = 10
_NUMBERS = count()


def _measure(conditions: Conditions) -> Figure:
    with site(conditions) as made, ExitStack() as stack:
        for process in (made.lms(), made.worker(), made.web()):
            stack.enter_context(process)
        _round(made, conditions.warm_up)
        rounds = [_round(made, conditions.seconds) for _ in range(conditions.rounds)]
    cuts = [quantiles(waits, n=20) for waits, _ in rounds]
    half, late = (1000 * median(cut[place] for cut in cuts) for place in (9, 18))
    return Figure(
        value=late,
        detail=f"half within {half:.0f} ms, 19 of 20 within {late:.0f} ms of {RATE * conditions.seconds} a round",
        faults=tuple(fault for _, faults in rounds for fault in faults),
    )


def _round(made: Site, seconds: int) -> tuple[list[float], tuple[str, ...]]:
    """The seconds that each webhook took until the LMS had answered, and what is wrong."""
    began = time.monotonic() + 0.1
    due = {f"told-{next(_NUMBERS)}": began + place / RATE for place in range(RATE * seconds)}
    with ThreadPoolExecutor(_POSTERS) as pool, requests.Session() as session:
        posted = dict(zip(due, pool.map(lambda each: _post(made, session, *each), due.items()), strict=True))
    told = _told(made, sum(posted.values()))
    waits = [moments[0] - due[identifier] for identifier, moments in told.items()]
    accepted = {identifier for identifier, ok in posted.items() if ok}
    return waits, tuple(_faults(due, accepted, told))


def _post(made: Site, session: requests.Session, identifier: str, due: float) -> bool:
    """Posts the result of a session when it is due; whether it was accepted."""
    time.sleep(max(0, due - time.monotonic()))
    body = compact({**json.loads(captured()), "identifier": identifier, "status": "accepted"})
    address, headers = f"http://{HOST}:{made.web_port}/webhooks/supervisor", {"X-Api-Key": made.vendor_key}
    return session.post(address, body, headers=headers, timeout=30).status_code == 200


def _told(made: Site, expected: int) -> dict[str, list[float]]:
    """When the LMS answered, by identifier; waits for as many as are expected."""
    told: dict[str, list[float]] = {}
    patience = time.monotonic() + _PATIENCE
    while len(told) < expected and time.monotonic() < patience:
        time.sleep(0.2)
        for message_id, moments in made.told().items():
            told.setdefault(message_id.partition(".")[0], []).extend(moments)
    return told


def _faults(due: dict[str, float], accepted: set[str], told: dict[str, list[float]]) -> Iterator[str]:
    facts = {
        "were not accepted": due.keys() - accepted,
        "were accepted and not told": accepted - told.keys(),
        "were told more than once": {each for each, moments in told.items() if len(moments) > 1},
    }
    yield from (f"{len(those)} of {len(due)} webhooks {what}" for what, those in facts.items() if those)


_PROMISE = Promise(bound=150, at_most=True, shown="{:.0f} ms")

ROW = Row(
    name="answered",
    title=f"accepted webhook → LMS answered, at {RATE} a second, p95",
    promises={"sqlite": _PROMISE, "postgresql": _PROMISE},
    measure=_measure,
)
