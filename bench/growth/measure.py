"""Measures every point of one database."""

import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from statistics import median

from bench.conditions import MANY, Conditions
from bench.growth.point import Point
from bench.rows.deliveries import MESSAGES, deliver
from bench.rows.million import STORIES, Story
from bench.site import Site, site
from bench.versus import ours_alone
from proctor_results.store.ledger import Ledger
from proctor_results.store.opening import open_ledger
from proctor_results.store.statement import Statement

SIZES = (1000, 100_000, MANY)
WEB_PROCESSES = {"sqlite": (1,), "postgresql": (1, 3)}
WORKERS = (1, 3)

_CAUGHT_UP = 3
"""A new worker seals what nobody has sealed yet; it has when so many seconds bring no checkpoint."""


class GrowthError(Exception):
    """Something that was answered, or due, is not as it must be; the message says what."""


def measure(conditions: Conditions, database: str, sizes: tuple[int, ...] = SIZES) -> Iterator[Point]:
    """Messages come first: the webhooks that are measured make others due. Raises GrowthError."""
    for sessions in sizes:
        with site(conditions, sessions) as made:
            found = [*_told(conditions, made, sessions), *_asked(conditions, made, WEB_PROCESSES[database], sessions)]
        for kind, processes, rate in found:
            yield Point(kind=kind, database=database, processes=processes, sessions=sessions, rate=rate)


Found = tuple[str, int, float]
"""What, by how many processes, how many a second."""


def _told(conditions: Conditions, made: Site, sessions: int) -> Iterator[Found]:
    for workers in WORKERS:
        rate = _delivered(conditions, made, workers, min(MESSAGES, 4 * sessions // 5))
        conditions.say(f"{sessions:,} sessions, workers: {workers}, {rate:,.0f} deliveries a second")
        yield "deliveries", workers, rate


def _delivered(conditions: Conditions, made: Site, workers: int, messages: int) -> float:
    with ExitStack() as stack:
        ledger = stack.enter_context(closing(open_ledger(made.database_url)))
        for process in (made.lms(), *(made.worker(number) for number in range(workers))):
            stack.enter_context(process)
        _catch_up(ledger)
        rounds = [deliver(made, ledger, messages) for _ in range(conditions.rounds)]
    _check(fault for _, faults in rounds for fault in faults)
    return messages / median(seconds for seconds, _ in rounds)


def _catch_up(ledger: Ledger) -> None:
    found, still = -1, 0.0
    while still < _CAUGHT_UP:
        now = ledger.run(_CHECKPOINTS)[0][0]
        found, still = now, still + 0.5 if now == found else 0
        time.sleep(0.5)


def _asked(conditions: Conditions, made: Site, processes: tuple[int, ...], sessions: int) -> Iterator[Found]:
    for number in processes:
        some = replace(made, web_processes=number)
        with some.web():
            for story in STORIES:
                rate = _answered(conditions, some, story, sessions)
                conditions.say(f"{sessions:,} sessions, web processes: {number}, {rate:,.0f} {story.name} a second")
                yield story.name, number, rate


def _answered(conditions: Conditions, made: Site, story: Story, sessions: int) -> float:
    requests = story.requests(made, sessions)
    conditions.load(requests, made.web_port, conditions.warm_up)
    rounds = [ours_alone(conditions, made, requests, story.counts) for _ in range(conditions.rounds)]
    _check(fault for _, faults in rounds for fault in faults)
    return median(run.rate for run, _ in rounds)


def _check(faults: Iterable[str]) -> None:
    said = "\n".join(faults)
    if said:
        raise GrowthError(said)


_CHECKPOINTS = Statement("SELECT COUNT(*) FROM checkpoint")
