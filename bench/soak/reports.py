"""What a proctoring server reports of a session: one of the sandbox's exam days, or what is no report at all."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from proctor_results.sandbox.bodies import body_of
from proctor_results.sandbox.days import DAYS, Day

EVENING = timedelta(minutes=80)
"""After the launch. The days end 5 minutes before it at the latest and begin 75 minutes before."""

_NONSENSE = 0.02
_STARTED = tuple(day for day in DAYS if day.steps[0].status == "started")


def of_stranger(random: Random, identifier: str, now: datetime) -> Sequence[bytes]:
    """All reports of a session that nobody launched here."""
    bodies = _bodies(random.choice(DAYS), identifier, f"student-of-{identifier}", now)
    return [*bodies, _nonsense(identifier)] if random.random() < _NONSENSE else bodies


def of_sitting(random: Random, identifier: str, student: str, launched: datetime) -> tuple[bytes, Sequence[bytes]]:
    """What is reported while the learner sits, and what is reported afterwards."""
    first, *others = _bodies(random.choice(_STARTED), identifier, student, launched + EVENING)
    return first, others


def _bodies(day: Day, identifier: str, student: str, evening: datetime) -> list[bytes]:
    return [body_of(step, identifier, student, evening) for step in day.steps]


def _nonsense(identifier: str) -> bytes:
    """Understood, and cannot be right: kept all the same."""
    return f'{{"identifier": "{identifier}", "status": "stopped", "score": 101}}'.encode()
