"""The facts of a report, and its precedence."""

from datetime import timedelta

import pytest

from proctor_results.sessions.enums import Status
from proctor_results.sessions.report import Precedence, Report
from tests.support.sample_sessions import at, report

TEN, TWENTY, FIFTY = (f"2026-03-02T09:{minute}:00.000Z" for minute in (10, 20, 50))
DATED = {"started_at": at(10), "stopped_at": at(20), "signed_at": at(50), "duration": 9}

PRECEDENCES = {
    "without a status": (report(None, **DATED), Precedence(Status.CREATED, None, FIFTY, 9)),
    "created": (report(Status.CREATED, **DATED), Precedence(Status.CREATED, None, FIFTY, 9)),
    "started when it started": (
        report(Status.STARTED, **DATED),
        Precedence(Status.STARTED, TEN, FIFTY, 9),
    ),
    "skipped when it ended": (
        report(Status.SKIPPED, **DATED),
        Precedence(Status.SKIPPED, TWENTY, FIFTY, 9),
    ),
    "skipped, only a start reported": (
        report(Status.SKIPPED, started_at=at(10)),
        Precedence(Status.SKIPPED),
    ),
    "stopped when it stopped": (
        report(Status.STOPPED, **DATED),
        Precedence(Status.STOPPED, TWENTY, FIFTY, 9),
    ),
    "stopped, only the start reported": (
        report(Status.STOPPED, started_at=at(10)),
        Precedence(Status.STOPPED, TEN),
    ),
    "rated when it was signed": (
        report(Status.REJECTED, **DATED),
        Precedence(Status.REJECTED, None, FIFTY, 9),
    ),
    "nothing reported": (report(), Precedence(Status.CREATED)),
}


@pytest.mark.parametrize(("reported", "precedence"), PRECEDENCES.values(), ids=PRECEDENCES)
def test_precedence_follows_status_and_times(reported: Report, precedence: Precedence) -> None:
    assert reported.precedence == precedence


def test_facts_are_the_reported_values_one_by_one() -> None:
    reported = report(
        Status.STOPPED, score=0, stopped_at=at(20), averages={"c4": 3.5}, extra={"room": {"no": 4}}
    )

    assert reported.facts == {
        "status": "stopped",
        "score": 0,
        "stopped_at": TWENTY,
        "averages.c4": 3.5,
        "extra.room": {"no": 4},
    }


SAME = {
    "averages in another order": (
        report(averages={"c3": 1, "c4": 2}),
        report(averages={"c4": 2, "c3": 1}),
    ),
    "an unknown field that is null": (report(score=1), report(score=1, extra={"seat": None})),
    "a moment cut to milliseconds": (
        report(stopped_at=at(20)),
        report(stopped_at=at(20) + timedelta(microseconds=999)),
    ),
}


@pytest.mark.parametrize(("one", "other"), SAME.values(), ids=SAME)
def test_reports_that_say_the_same_have_the_same_content(one: Report, other: Report) -> None:
    assert one.content_sha256 == other.content_sha256


DIFFERENT = {
    "a score": (report(score=1), report(score=2)),
    "a status": (report(Status.ACCEPTED), report(Status.REJECTED)),
    "nothing instead of 0": (report(score=0), report()),
    "the session": (report(), Report(identifier="s-2")),
    "a millisecond": (
        report(stopped_at=at(20)),
        report(stopped_at=at(20) + timedelta(milliseconds=1)),
    ),
}


@pytest.mark.parametrize(("one", "other"), DIFFERENT.values(), ids=DIFFERENT)
def test_reports_that_differ_have_another_content(one: Report, other: Report) -> None:
    assert one.content_sha256 != other.content_sha256
