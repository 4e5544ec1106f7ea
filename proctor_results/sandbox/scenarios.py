"""Recorded exam days: what a proctoring server posts in the course of them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from proctor_results.sandbox.bodies import body_of, captured
from proctor_results.sandbox.days import DAYS, Day
from proctor_results.sandbox.expected import Expected


@dataclass(frozen=True, kw_only=True)
class Scenario(Expected):
    """The bodies of one session in the order of its day."""

    bodies: tuple[bytes, ...]


def scenarios(now: datetime, run: str, names: Sequence[str] = ()) -> tuple[Scenario, ...]:
    """The days by name, all of them without names, as if `now` (aware) were their evening.

    `run` (characters A-Z a-z 0-9 -) begins every identifier, so that no two runs meet; `recorded` alone is played as it
    was captured, identifier and all.
    """
    utc = now.astimezone(UTC)
    days = (_recorded(), *(_played(day, utc, run, number) for number, day in enumerate(DAYS, 1)))
    return tuple(day for day in days if not names or day.name in names)


def _recorded() -> Scenario:
    return Scenario(
        name=RECORDED,
        shows="the guide's own sample, byte for byte",
        identifier=json.loads(captured())["identifier"],
        bodies=(captured(),),
        outcome="pending",
        locked=False,
    )


def _played(day: Day, now: datetime, run: str, number: int) -> Scenario:
    identifier = f"{run}-{day.name}"
    return Scenario(
        name=day.name,
        shows=day.shows,
        identifier=identifier,
        bodies=tuple(body_of(step, identifier, f"learner-{number}", now) for step in day.steps),
        outcome=day.outcome,
        locked=day.locked,
    )


RECORDED = "recorded"

NAMES = (RECORDED, *(day.name for day in DAYS))
