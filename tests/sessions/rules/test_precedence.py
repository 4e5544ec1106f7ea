"""Which of two reports of a session is the newer one."""

from itertools import product

import pytest

from proctor_results.sessions.enums import VERDICTS, Status
from proctor_results.sessions.report import Precedence

EVERY = [
    Precedence(status, moment, signed_at, duration)
    for status, moment, signed_at, duration in product(
        Status, (None, "1", "2"), (None, "1", "2"), (None, 0, 1)
    )
    if moment is None or status not in {Status.CREATED, *VERDICTS}
]
"""Every possible precedence, with two values of each field so that they can be compared."""

OLDER_THEN_NEWER = {
    "without a status, started": (Precedence(Status.CREATED), Precedence(Status.STARTED)),
    "started, stopped": (Precedence(Status.STARTED, "10"), Precedence(Status.STOPPED, "20")),
    "started, stopped at that very moment": (
        Precedence(Status.STARTED, "20"),
        Precedence(Status.STOPPED, "20"),
    ),
    "started, stopped at an unknown time": (
        Precedence(Status.STARTED, "30"),
        Precedence(Status.STOPPED),
    ),
    "started at an unknown time, stopped": (
        Precedence(Status.STARTED),
        Precedence(Status.STOPPED, "20"),
    ),
    "started at an unknown time, started": (
        Precedence(Status.STARTED),
        Precedence(Status.STARTED, "10"),
    ),
    "stopped, resumed": (Precedence(Status.STOPPED, "20"), Precedence(Status.STARTED, "30")),
    "stopped, resumed and stopped again": (
        Precedence(Status.STOPPED, "20"),
        Precedence(Status.STOPPED, "40"),
    ),
    "stopped, reported again with a signature": (
        Precedence(Status.STOPPED, "20"),
        Precedence(Status.STOPPED, "20", "20"),
    ),
    "under way, under way for longer": (
        Precedence(Status.STARTED, "10", None, 0),
        Precedence(Status.STARTED, "10", None, 5),
    ),
    "started at an unknown time, skipped": (Precedence(Status.STARTED), Precedence(Status.SKIPPED)),
    "skipped, started after all": (Precedence(Status.SKIPPED), Precedence(Status.STARTED, "10")),
    "skipped, started after all and stopped": (
        Precedence(Status.SKIPPED),
        Precedence(Status.STOPPED, "20"),
    ),
    "skipped at the deadline, started after it": (
        Precedence(Status.SKIPPED, "05"),
        Precedence(Status.STARTED, "10"),
    ),
    "stopped at an unknown time, accepted": (
        Precedence(Status.STOPPED, None, "60"),
        Precedence(Status.ACCEPTED),
    ),
    "stopped, stopped at an unknown time": (
        Precedence(Status.STOPPED, "20"),
        Precedence(Status.STOPPED),
    ),
    "skipped, skipped at the deadline": (
        Precedence(Status.SKIPPED),
        Precedence(Status.SKIPPED, "05"),
    ),
    "skipped, stopped, both at unknown times": (
        Precedence(Status.SKIPPED),
        Precedence(Status.STOPPED),
    ),
    "stopped, accepted": (Precedence(Status.STOPPED, "20", "20"), Precedence(Status.ACCEPTED)),
    "resumed, rejected before that": (
        Precedence(Status.STARTED, "30"),
        Precedence(Status.REJECTED, None, "25"),
    ),
    "accepted, rejected later": (
        Precedence(Status.ACCEPTED, None, "50"),
        Precedence(Status.REJECTED, None, "60"),
    ),
    "accepted without a signature, rejected": (
        Precedence(Status.ACCEPTED),
        Precedence(Status.REJECTED, None, "60"),
    ),
}

LATER_ARRIVAL_WINS = {
    "two verdicts without a signature": (
        Precedence(Status.ACCEPTED, duration=9),
        Precedence(Status.REJECTED),
    ),
    "two verdicts of one signature": (
        Precedence(Status.ACCEPTED, None, "50"),
        Precedence(Status.REJECTED, None, "50"),
    ),
    "two reports without a status": (Precedence(Status.CREATED), Precedence(Status.CREATED)),
    "skipped and stopped at one moment": (
        Precedence(Status.SKIPPED, "20"),
        Precedence(Status.STOPPED, "20"),
    ),
    "the same stop twice": (
        Precedence(Status.STOPPED, "20", "20", 9),
        Precedence(Status.STOPPED, "20", "20", 9),
    ),
}


@pytest.mark.parametrize(("older", "newer"), OLDER_THEN_NEWER.values(), ids=OLDER_THEN_NEWER)
def test_the_newer_report_overrules_the_older_one_whichever_comes_first(
    older: Precedence, newer: Precedence
) -> None:
    assert newer.supersedes(older)
    assert not older.supersedes(newer)


@pytest.mark.parametrize(("one", "other"), LATER_ARRIVAL_WINS.values(), ids=LATER_ARRIVAL_WINS)
def test_where_nothing_orders_two_reports_the_later_arrival_wins(
    one: Precedence, other: Precedence
) -> None:
    assert one.supersedes(other)
    assert other.supersedes(one)


def test_no_reports_run_in_a_circle() -> None:
    overruled = {each: sum(each.supersedes(other) for other in EVERY) for each in EVERY}

    for one, other in product(EVERY, EVERY):
        assert one.supersedes(other) == (overruled[one] >= overruled[other])
