"""How long it takes until a whole cohort that falls silent at once is locked."""

import multiprocessing
import time
from contextlib import closing
from datetime import datetime, timedelta
from multiprocessing.synchronize import Barrier

from bench.conditions import Conditions
from bench.row import Figure, Promise, Row
from bench.seeds import KINDS
from bench.site import site
from proctor_results.flows.house import House
from proctor_results.flows.listen import listen
from proctor_results.flows.lock_silent import lock_silent
from proctor_results.policy_file import built_in
from proctor_results.store.columns import moment
from proctor_results.store.opening import open_ledger
from proctor_results.store.statement import Statement
from proctor_results.worker import LOCKED_AT_ONCE
from tests.listeners import Listener

LEARNERS = 10_000
WORKERS = 2


def _measure(conditions: Conditions) -> Figure:
    with site(conditions, KINDS * LEARNERS) as made:
        seconds = _lock_all(made.database_url, _fall_silent(made.database_url))
        with closing(open_ledger(made.database_url)) as ledger:
            (counts,) = ledger.run(_COUNTS)
    found = dict(zip(("sessions locked", "decisions", "messages due"), counts, strict=True))
    return Figure(
        value=seconds,
        detail=f"{LEARNERS / seconds:,.0f} a second by {WORKERS} workers",
        faults=tuple(f"{number} {what} of {LEARNERS}" for what, number in found.items() if number != LEARNERS),
    )


def _fall_silent(url: str) -> datetime:
    """When nobody has been heard in time, although a front door has been open all the while."""
    house = _house(url)
    silent = moment(house.ledger.run(_DEADLINE)[0][0]) + timedelta(minutes=2)
    for seconds in range(-180, 1, 5):
        at = silent + timedelta(seconds=seconds)
        listen(house, at, at)
    house.ledger.close()
    return silent


def _lock_all(url: str, silent: datetime) -> float:
    """The seconds from when all workers are ready until the last of them has nothing left to lock."""
    processes = multiprocessing.get_context("spawn")  # a fork would share connections
    ready = processes.Barrier(WORKERS + 1)
    workers = [processes.Process(target=_work, args=(url, silent, ready)) for _ in range(WORKERS)]
    for worker in workers:
        worker.start()
    ready.wait(60)
    began = time.perf_counter()
    for worker in workers:
        worker.join()
    return time.perf_counter() - began


def _work(url: str, silent: datetime, ready: Barrier) -> None:
    house = _house(url)
    ready.wait(60)
    while lock_silent(house, LOCKED_AT_ONCE, silent):
        pass
    house.ledger.close()


def _house(url: str) -> House:
    return House(ledger=open_ledger(url), policy=built_in(), targets=(Listener(name="webhook"),))


_DEADLINE = Statement("SELECT MAX(deadline) FROM watch")

_COUNTS = Statement("""
SELECT (SELECT COUNT(*) FROM session WHERE holds LIKE '%"disconnected"%'),
  (SELECT COUNT(*) FROM decision WHERE cause = 'silence'),
  (SELECT COUNT(*) FROM delivery WHERE topic = 'lock' AND due_at IS NOT NULL)
""")

_PROMISE = Promise(bound=10, at_most=True, shown="{:.1f} s")

ROW = Row(
    name="silence",
    title=f"{LEARNERS:,} learners who fall silent at once are locked",
    promises={"sqlite": _PROMISE, "postgresql": _PROMISE},
    measure=_measure,
)
