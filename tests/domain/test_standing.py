"""Which of two reports of a session is the newer one."""

from itertools import product

import pytest

from proctor_results.domain.standing import Standing
from proctor_results.domain.words import VERDICTS, Status

EVERY = [
    Standing(status, moment, signed_at, duration)
    for status, moment, signed_at, duration in product(Status, (None, "1", "2"), (None, "1", "2"), (None, 0, 1))
    if moment is None or status not in {Status.CREATED, *VERDICTS}
]
"""Every standing that there can be, with two of each to tell more from less."""

OLDER_THEN_NEWER = {
    "without a status, started": (Standing(Status.CREATED), Standing(Status.STARTED)),
    "started, stopped": (Standing(Status.STARTED, "10"), Standing(Status.STOPPED, "20")),
    "started, stopped at that very moment": (Standing(Status.STARTED, "20"), Standing(Status.STOPPED, "20")),
    "started, stopped at a moment untold": (Standing(Status.STARTED, "30"), Standing(Status.STOPPED)),
    "started at a moment untold, stopped": (Standing(Status.STARTED), Standing(Status.STOPPED, "20")),
    "started at a moment untold, started": (Standing(Status.STARTED), Standing(Status.STARTED, "10")),
    "stopped, resumed": (Standing(Status.STOPPED, "20"), Standing(Status.STARTED, "30")),
    "stopped, resumed and stopped again": (Standing(Status.STOPPED, "20"), Standing(Status.STOPPED, "40")),
    "stopped, told again with a signature": (Standing(Status.STOPPED, "20"), Standing(Status.STOPPED, "20", "20")),
    "under way, under way for longer": (
        Standing(Status.STARTED, "10", None, 0),
        Standing(Status.STARTED, "10", None, 5),
    ),
    "started at a moment untold, skipped": (Standing(Status.STARTED), Standing(Status.SKIPPED)),
    "skipped, started after all": (Standing(Status.SKIPPED), Standing(Status.STARTED, "10")),
    "skipped, started after all and stopped": (Standing(Status.SKIPPED), Standing(Status.STOPPED, "20")),
    "skipped at the deadline, started after it": (Standing(Status.SKIPPED, "05"), Standing(Status.STARTED, "10")),
    "stopped at a moment untold, accepted": (Standing(Status.STOPPED, None, "60"), Standing(Status.ACCEPTED)),
    "stopped, stopped at a moment untold": (Standing(Status.STOPPED, "20"), Standing(Status.STOPPED)),
    "skipped, skipped at the deadline": (Standing(Status.SKIPPED), Standing(Status.SKIPPED, "05")),
    "skipped, stopped, both at moments untold": (Standing(Status.SKIPPED), Standing(Status.STOPPED)),
    "stopped, accepted": (Standing(Status.STOPPED, "20", "20"), Standing(Status.ACCEPTED)),
    "resumed, rejected before that": (Standing(Status.STARTED, "30"), Standing(Status.REJECTED, None, "25")),
    "accepted, rejected later": (Standing(Status.ACCEPTED, None, "50"), Standing(Status.REJECTED, None, "60")),
    "accepted without a signature, rejected": (Standing(Status.ACCEPTED), Standing(Status.REJECTED, None, "60")),
}

LATER_ARRIVAL_WINS = {
    "two verdicts without a signature": (Standing(Status.ACCEPTED, duration=9), Standing(Status.REJECTED)),
    "two verdicts of one signature": (Standing(Status.ACCEPTED, None, "50"), Standing(Status.REJECTED, None, "50")),
    "two reports without a status": (Standing(Status.CREATED), Standing(Status.CREATED)),
    "skipped and stopped at one moment": (Standing(Status.SKIPPED, "20"), Standing(Status.STOPPED, "20")),
    "the same stop twice": (Standing(Status.STOPPED, "20", "20", 9), Standing(Status.STOPPED, "20", "20", 9)),
}


@pytest.mark.parametrize(("older", "newer"), OLDER_THEN_NEWER.values(), ids=OLDER_THEN_NEWER)
def test_the_newer_report_overrules_the_older_one_whichever_comes_first(older: Standing, newer: Standing) -> None:
    assert newer.supersedes(older)
    assert not older.supersedes(newer)


@pytest.mark.parametrize(("one", "other"), LATER_ARRIVAL_WINS.values(), ids=LATER_ARRIVAL_WINS)
def test_where_nothing_orders_two_reports_the_later_arrival_wins(one: Standing, other: Standing) -> None:
    assert one.supersedes(other)
    assert other.supersedes(one)


def test_no_reports_run_in_a_circle() -> None:
    overruled = {each: sum(each.supersedes(other) for other in EVERY) for each in EVERY}

    for one, other in product(EVERY, EVERY):
        assert one.supersedes(other) == (overruled[one] >= overruled[other])
