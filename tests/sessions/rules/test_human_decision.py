"""Precedence between an operator's override and a proctor's verdict."""

from dataclasses import replace

import pytest

from proctor_results.policies.model import ExamPolicy
from proctor_results.sessions.enums import HoldKind, Outcome, RuleAction, Status
from proctor_results.sessions.model import Finding, Override, Session
from proctor_results.sessions.report import Report
from proctor_results.sessions.rules.apply_report import apply_report
from proctor_results.sessions.rules.evaluate import evaluate, latest_human_decision
from proctor_results.sessions.rules.transitions import (
    apply_override,
    apply_release,
    remove_override,
)
from tests.support.sample_sessions import NOW, at, merged, report

POLICY = ExamPolicy(sha256="0" * 64, hold_skipped=True, auto_accept_score=80)
VIOLATION = Finding(
    rule="someone-else", action=RuleAction.HOLD, value=35, limit=20, detail="average of c4 is 35"
)
STOPPED = report(Status.STOPPED, stopped_at=at(20), score=64)
REJECTED = report(Status.REJECTED, signed_at=at(50), proctor="eve")
ACCEPTED = report(Status.ACCEPTED, signed_at=at(50), proctor="eve")


def override(outcome: Outcome, minute: int = 60) -> Override:
    return Override(outcome=outcome, actor="exam office", reason="appeal", at=at(minute))


def judged(*reports: Report, by: Outcome | None = None, minute: int = 60) -> Session:
    """Return the session after these reports and an override at that minute."""
    known = evaluate(merged(*reports), POLICY, NOW)
    return apply_override(known, override(by, minute), POLICY, at(minute)) if by else known


def kinds(session: Session) -> list[HoldKind]:
    return [hold.kind for hold in session.holds]


@pytest.mark.parametrize("outcome", [Outcome.ACCEPTED, Outcome.REJECTED, Outcome.PENDING])
@pytest.mark.parametrize(
    "reported",
    [STOPPED, REJECTED, ACCEPTED, report(Status.SKIPPED)],
    ids=lambda reported: reported.status,
)
def test_an_override_is_the_outcome_and_says_by_whom_and_why(
    reported: Report, outcome: Outcome
) -> None:
    session = judged(reported, by=outcome)

    assert session.outcome is outcome
    assert (session.reasons[0].rule, session.reasons[0].detail) == (
        "override",
        f"{outcome} by exam office: appeal",
    )
    assert session.status is reported.status


LATER = {
    "a report of the sitting": (report(Status.STOPPED, stopped_at=at(70)), Outcome.ACCEPTED),
    "a sitting that is resumed": (report(Status.STARTED, started_at=at(70)), Outcome.ACCEPTED),
    "an unsigned verdict": (report(Status.REJECTED), Outcome.ACCEPTED),
    "a verdict signed before": (report(Status.REJECTED, signed_at=at(59)), Outcome.ACCEPTED),
    "a verdict signed at the same moment": (
        report(Status.REJECTED, signed_at=at(60)),
        Outcome.ACCEPTED,
    ),
    "a verdict signed later": (report(Status.REJECTED, signed_at=at(61)), Outcome.REJECTED),
}


@pytest.mark.parametrize(("later", "outcome"), LATER.values(), ids=LATER)
def test_an_override_is_in_force_until_a_proctor_signs_a_newer_verdict(
    later: Report, outcome: Outcome
) -> None:
    session = apply_report(judged(STOPPED, by=Outcome.ACCEPTED), later, POLICY, NOW)

    assert session is not None
    assert session.outcome is outcome


def test_a_new_override_overrules_a_newer_verdict() -> None:
    rejected_again = apply_report(
        judged(STOPPED, by=Outcome.ACCEPTED), report(Status.REJECTED, signed_at=at(70)), POLICY, NOW
    )
    assert rejected_again is not None

    assert (
        apply_override(rejected_again, override(Outcome.ACCEPTED, 80), POLICY, NOW).outcome
        is Outcome.ACCEPTED
    )


def test_an_override_withdrawn_leaves_what_the_reports_say() -> None:
    before = judged(REJECTED)

    after = remove_override(judged(REJECTED, by=Outcome.ACCEPTED), POLICY, NOW)

    assert (after.outcome, kinds(after), after.reasons) == (
        before.outcome,
        kinds(before),
        before.reasons,
    )


def test_an_acceptance_of_an_operator_closes_holds_of_verdicts_rules_and_skips() -> None:
    held = replace(judged(REJECTED), findings=(VIOLATION,))
    assert kinds(evaluate(held, POLICY, NOW)) == ["rejected", "violation"]

    assert kinds(apply_override(held, override(Outcome.ACCEPTED), POLICY, NOW)) == []
    assert kinds(judged(report(Status.SKIPPED), by=Outcome.ACCEPTED)) == []


def test_a_rejection_of_an_operator_locks_and_its_release_lasts_until_the_next_one() -> None:
    rejected = judged(STOPPED, by=Outcome.REJECTED)
    assert kinds(rejected) == ["rejected"]

    free = apply_release(rejected, HoldKind.REJECTED, POLICY, NOW)

    assert (kinds(free), free.outcome) == ([], Outcome.REJECTED)
    assert kinds(apply_override(free, override(Outcome.REJECTED, 70), POLICY, NOW)) == ["rejected"]


def test_undecided_by_an_operator_lifts_a_rejection_but_no_violation() -> None:
    held = replace(judged(REJECTED), findings=(VIOLATION,))

    assert kinds(apply_override(held, override(Outcome.PENDING), POLICY, NOW)) == ["violation"]


def test_no_machine_accepts_what_an_operator_left_undecided() -> None:
    good = report(Status.STOPPED, stopped_at=at(20), score=95)
    assert judged(good).outcome is Outcome.ACCEPTED

    assert judged(good, by=Outcome.PENDING).outcome is Outcome.PENDING


def test_where_no_human_has_ruled_there_is_no_ruling() -> None:
    assert latest_human_decision(merged(STOPPED)) is None
