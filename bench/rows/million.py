"""What a ledger with a million sessions does to throughput."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median

from bench.conditions import MANY, Conditions
from bench.row import Figure, Promise, Row
from bench.rows.heartbeats import COUNTED, beats
from bench.rows.poll import questions
from bench.rows.webhooks import STORED, result
from bench.site import Site, prepared, site
from bench.verify import Count
from bench.versus import ours_alone

FEW = 1000


@dataclass(frozen=True, kw_only=True)
class Side:
    """A running site, and how many sessions it has."""

    site: Site
    sessions: int


@dataclass(frozen=True, kw_only=True)
class Story:
    """What is asked of both sides, and what the ledger must then have one more of."""

    name: str
    requests: Callable[[Site, int], list[bytes]]
    counts: tuple[Count, ...]


STORIES = (
    Story(name="webhooks", requests=lambda site, _: [result(site)], counts=STORED),
    Story(name="heartbeats", requests=beats, counts=COUNTED),
    Story(name="polls", requests=questions, counts=()),
)


def _measure(conditions: Conditions) -> Figure:
    with ExitStack() as stack:
        few = _side(stack, stack.enter_context(site(conditions, FEW)), FEW)
        many = _side(stack, prepared(conditions, conditions.full()), MANY)
        found = {story.name: _ratios(conditions, story, few, many) for story in STORIES}
    ratios = {name: median(ratio for ratio, _ in rounds) for name, rounds in found.items()}
    return Figure(
        value=min(ratios.values()),
        detail="the least of " + ", ".join(f"{name} {ratio:.2f}" for name, ratio in ratios.items()),
        faults=tuple(fault for rounds in found.values() for _, faults in rounds for fault in faults),
    )


def _side(stack: ExitStack, made: Site, sessions: int) -> Side:
    stack.enter_context(made.web())
    return Side(site=made, sessions=sessions)


def _ratios(conditions: Conditions, story: Story, few: Side, many: Side) -> list[tuple[float, tuple[str, ...]]]:
    """What each round came to, and what is wrong with it."""
    for side in (few, many):
        conditions.load(story.requests(side.site, side.sessions), side.site.web_port, conditions.warm_up)
    return [_ratio(conditions, story, few, many) for _ in range(conditions.rounds)]


def _ratio(conditions: Conditions, story: Story, few: Side, many: Side) -> tuple[float, tuple[str, ...]]:
    (with_few, faults), (with_many, more_faults) = (
        ours_alone(conditions, side.site, story.requests(side.site, side.sessions), story.counts)
        for side in (few, many)
    )
    ratio = with_many.rate / with_few.rate
    conditions.say(f"{story.name}: {FEW:,} {with_few.rate:,.0f}, {MANY:,} {with_many.rate:,.0f} a second: {ratio:.2f}")
    return ratio, (*faults, *more_faults)


_PROMISE = Promise(bound=0.9)

ROW = Row(
    name="million",
    title=f"throughput with {MANY:,} sessions stored ÷ with {FEW:,}",
    promises={"sqlite": _PROMISE, "postgresql": _PROMISE},
    measure=_measure,
)
