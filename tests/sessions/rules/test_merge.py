"""What is known of a session after a report."""

from typing import Any

import pytest

from proctor_results.sessions.enums import RuleAction, Status
from proctor_results.sessions.model import Finding
from proctor_results.sessions.report import Report
from proctor_results.sessions.rules.apply_report import merge
from tests.support.sample_sessions import at, merged, report, session

CREATED = report(Status.CREATED)
STARTED = report(Status.STARTED, started_at=at(10))
SKIPPED = report(Status.SKIPPED)
STOPPED = report(Status.STOPPED, started_at=at(10), stopped_at=at(20))
RESUMED = report(Status.STARTED, started_at=at(30))
ACCEPTED = report(Status.ACCEPTED, signed_at=at(50))
REJECTED = report(Status.REJECTED, signed_at=at(60))
ACCEPTED_AGAIN = report(Status.ACCEPTED, signed_at=at(70))
UNSIGNED = report(Status.REJECTED)

RULE_1_RANK = {
    "a first report without a status": ([report(score=64)], Status.CREATED),
    "created, then started": ([CREATED, STARTED], Status.STARTED),
    "started, then created": ([STARTED, CREATED], Status.STARTED),
    "started, then stopped": ([STARTED, STOPPED], Status.STOPPED),
    "stopped, then started": ([STOPPED, STARTED], Status.STOPPED),
    "stopped, then a report without a status": ([STOPPED, report(score=64)], Status.STOPPED),
    "started, then skipped, both undated": ([report(Status.STARTED), SKIPPED], Status.SKIPPED),
    "skipped, then started, both undated": ([SKIPPED, report(Status.STARTED)], Status.SKIPPED),
    "stopped, then accepted": ([STOPPED, ACCEPTED], Status.ACCEPTED),
    "accepted, then stopped": ([ACCEPTED, STOPPED], Status.ACCEPTED),
    "rejected, then skipped": ([REJECTED, SKIPPED], Status.REJECTED),
}

RULE_2_VERDICTS = {
    "accepted, then rejected with a later signature": ([ACCEPTED, REJECTED], Status.REJECTED),
    "rejected, then accepted with an earlier signature": ([REJECTED, ACCEPTED], Status.REJECTED),
    "rejected, then accepted with a later signature": ([REJECTED, ACCEPTED_AGAIN], Status.ACCEPTED),
    "accepted, rejected and accepted, the newest first": (
        [ACCEPTED_AGAIN, ACCEPTED, REJECTED],
        Status.ACCEPTED,
    ),
    "accepted, then rejected, neither signed": (
        [report(Status.ACCEPTED), UNSIGNED],
        Status.REJECTED,
    ),
    "rejected, then accepted, neither signed": (
        [UNSIGNED, report(Status.ACCEPTED)],
        Status.ACCEPTED,
    ),
    "rejected unsigned, then accepted signed": ([UNSIGNED, ACCEPTED], Status.ACCEPTED),
    "accepted signed, then rejected unsigned": ([ACCEPTED, UNSIGNED], Status.ACCEPTED),
}

RULE_3_RESUMED = {
    "a start after the stop": ([STOPPED, RESUMED], Status.STARTED),
    "a start before the stop": (
        [STOPPED, report(Status.STARTED, started_at=at(19))],
        Status.STOPPED,
    ),
    "a start at the very time of the stop": (
        [STOPPED, report(Status.STARTED, started_at=at(20))],
        Status.STOPPED,
    ),
    "a start without a time": ([STOPPED, report(Status.STARTED)], Status.STOPPED),
    "a start after a stop without any time": ([report(Status.STOPPED), RESUMED], Status.STOPPED),
    "a start after a stop of which only the start is reported": (
        [report(Status.STOPPED, started_at=at(10)), RESUMED],
        Status.STARTED,
    ),
    "the start that a stop without its own time reports": (
        [report(Status.STOPPED, started_at=at(10)), STARTED],
        Status.STOPPED,
    ),
    "the old stop, reported again after the resumption": (
        [STOPPED, RESUMED, STOPPED],
        Status.STARTED,
    ),
    "the old stop, reported for the first time after the resumption": (
        [RESUMED, STOPPED],
        Status.STARTED,
    ),
    "a start after the stop, then the second stop": (
        [STOPPED, RESUMED, report(Status.STOPPED, stopped_at=at(40))],
        Status.STOPPED,
    ),
    "a start after the verdict": (
        [ACCEPTED, report(Status.STARTED, started_at=at(90))],
        Status.ACCEPTED,
    ),
    "a start after stop and verdict": (
        [STOPPED, REJECTED, report(Status.STARTED, started_at=at(90))],
        Status.REJECTED,
    ),
    "a skipped sitting that starts after all": ([SKIPPED, STARTED], Status.STARTED),
    "a skip reported after the start": ([STARTED, SKIPPED], Status.STARTED),
    "a skip reported again after the stop": ([SKIPPED, STARTED, STOPPED, SKIPPED], Status.STOPPED),
    "a start after the deadline": (
        [report(Status.SKIPPED, stopped_at=at(5)), STARTED],
        Status.STARTED,
    ),
}

RULE_4_SIGNED_IS_NOT_RATED = {
    "a stop with a signature and a proctor": (
        [report(Status.STOPPED, stopped_at=at(20), signed_at=at(20), proctor="admin")],
        Status.STOPPED,
    ),
    "a verdict signed before the stop was": (
        [ACCEPTED, report(Status.STOPPED, stopped_at=at(20), signed_at=at(90), proctor="admin")],
        Status.ACCEPTED,
    ),
    "a resumption of a stop that was signed later": (
        [report(Status.STOPPED, stopped_at=at(20), signed_at=at(90)), RESUMED],
        Status.STARTED,
    ),
}

STATUSES = RULE_1_RANK | RULE_2_VERDICTS | RULE_3_RESUMED | RULE_4_SIGNED_IS_NOT_RATED


@pytest.mark.parametrize(("reports", "status"), STATUSES.values(), ids=STATUSES)
def test_the_status_after_these_reports(reports: list[Report], status: Status) -> None:
    assert merged(*reports).status is status


LATE = {
    "an earlier start": report(Status.STARTED, started_at=at(10), score=90, comment="quiet"),
    "an earlier stop": report(Status.STOPPED, stopped_at=at(20), score=90, comment="quiet"),
    "no status": report(score=90, comment="quiet"),
    "a verdict signed earlier": report(
        Status.ACCEPTED, signed_at=at(50), score=90, comment="quiet"
    ),
}


@pytest.mark.parametrize("late", LATE.values(), ids=LATE)
def test_a_late_report_fills_what_is_empty_and_overrules_nothing(late: Report) -> None:
    known = merged(report(Status.REJECTED, signed_at=at(60), score=20))

    after = merge(known, late)

    assert after.facts["comment"] == "quiet"
    assert {name: after.facts[name] for name in known.facts} == known.facts


def test_what_a_late_report_filled_gives_way_to_a_newer_one() -> None:
    known = merged(REJECTED, report(Status.STARTED, started_at=at(10), score=90))

    assert merge(known, report(Status.STOPPED, stopped_at=at(20), score=64)).facts["score"] == 64


def test_a_resumed_sitting_still_takes_from_the_old_stop_when_it_ended() -> None:
    known = merged(RESUMED, STOPPED)

    assert known.facts["started_at"] == "2026-03-02T09:30:00.000Z"
    assert known.facts["stopped_at"] == "2026-03-02T09:20:00.000Z"


def test_null_never_erases_what_is_known() -> None:
    known = merged(
        report(Status.STOPPED, stopped_at=at(20), score=64, link="https://vendor.example/s-1")
    )

    after = merge(known, report(Status.ACCEPTED, signed_at=at(50), score=None, link=None))

    assert after.facts == {
        **known.facts,
        "status": "accepted",
        "signed_at": "2026-03-02T09:50:00.000Z",
    }


@pytest.mark.parametrize(
    "fields",
    [
        {"score": 0},
        {"comment": ""},
        {"averages": {"c4": 0}},
        {"extra": {"flag": False}},
        {"extra": {"tags": []}},
    ],
    ids=[
        "a score of 0",
        "an empty comment",
        "an average of 0",
        "an unknown field that is false",
        "an empty list",
    ],
)
def test_nothing_is_not_the_same_as_null(fields: dict[str, Any]) -> None:
    known = merged(
        report(
            Status.STOPPED,
            score=64,
            comment="x",
            averages={"c4": 9},
            extra={"flag": True, "tags": [1]},
        )
    )
    newer = report(Status.ACCEPTED, **fields)

    assert merge(known, newer).facts == {**known.facts, **newer.facts}


def test_unknown_fields_are_merged_one_by_one() -> None:
    known = merged(
        report(Status.STARTED, started_at=at(10), extra={"room": 4, "tags": ["a"]}),
        report(Status.STOPPED, stopped_at=at(20), extra={"tags": ["b"], "seat": None}),
    )

    assert known.facts_in("extra") == {"room": 4, "tags": ["b"]}


def test_averages_are_merged_each_on_its_own() -> None:
    known = merged(
        report(Status.STARTED, started_at=at(10), averages={"c4": 20, "n1": 5}),
        report(Status.STOPPED, stopped_at=at(20), averages={"c4": 0}),
    )

    assert known.facts_in("averages") == {"c4": 0, "n1": 5}


def test_a_report_that_brings_nothing_leaves_an_equal_session() -> None:
    known = merged(REJECTED, STOPPED)

    assert merge(known, report(Status.STARTED, started_at=at(10))) == known


def low_score(measured: float) -> Finding:
    return Finding(
        rule="low-score",
        action=RuleAction.HOLD,
        value=measured,
        limit=40,
        detail=f"score {measured}",
    )


SOMEONE_ELSE = Finding(
    rule="someone-else", action=RuleAction.HOLD, value=35, limit=20, detail="average of c4 is 35"
)

FINDINGS = {
    "none found, none before": ([], [], []),
    "one that is new": ([], [low_score(30)], [low_score(30)]),
    "none found, one before": ([low_score(30)], [], [low_score(30)]),
    "a worse one": ([low_score(30)], [low_score(10)], [low_score(10)]),
    "a milder one": ([low_score(10)], [low_score(30)], [low_score(10)]),
    "one of another rule, reported by name": (
        [SOMEONE_ELSE],
        [low_score(30)],
        [low_score(30), SOMEONE_ELSE],
    ),
}


@pytest.mark.parametrize(("before", "found", "after"), FINDINGS.values(), ids=FINDINGS)
def test_findings_add_up_to_the_worst_of_each_rule(
    before: list[Finding], found: list[Finding], after: list[Finding]
) -> None:
    known = session(findings=tuple(before))

    assert merge(known, STARTED, found).findings == tuple(after)
