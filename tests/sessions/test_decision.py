"""Decisions: the difference between two revisions of a session."""

from dataclasses import replace

import pytest

from proctor_results.sessions.decision import Decision, DecisionSource
from proctor_results.sessions.enums import Cause, HoldKind, Outcome, RuleAction
from proctor_results.sessions.model import Finding, Hold, Reason, Session
from proctor_results.sessions.rules.decide import build_decision
from tests.support.sample_sessions import NOW, at, session

REJECTION = Reason(rule="verdict", detail="rejected by a proctor")
ASKED_FOR = Reason(rule="manual", detail="asked for by the exam office")
SILENCE = Reason(
    rule="heartbeat_timeout", detail="no heartbeat for 41 s (allowed 40 s)", value=41, limit=40
)
REJECTED_HOLD = Hold(kind=HoldKind.REJECTED, since=at(50), reasons=(REJECTION,))
MANUAL_HOLD = Hold(kind=HoldKind.MANUAL, since=at(5), reasons=(ASKED_FOR,))
DISCONNECTED_HOLD = Hold(kind=HoldKind.DISCONNECTED, since=at(15), reasons=(SILENCE,))
FLAG = Finding(
    rule="face-out-of-sight",
    action=RuleAction.FLAG,
    value=40,
    limit=30,
    detail="average of c2 is 40",
)

PENDING = session(status="stopped", holds=(DISCONNECTED_HOLD, MANUAL_HOLD), revision=3)
ACCEPTED = session(status="accepted", outcome=Outcome.ACCEPTED, revision=4)
REJECTED = session(
    status="rejected", outcome=Outcome.REJECTED, holds=(MANUAL_HOLD, REJECTED_HOLD), revision=4
)
SHA256 = "c" * 64
BY = DecisionSource(cause=Cause.OPERATOR, actor="exam office", note="seen on the recording")


def test_a_decision_records_outcomes_holds_reasons_and_policy() -> None:
    because = (REJECTION,)

    assert build_decision(PENDING, replace(REJECTED, reasons=because), SHA256, BY) == Decision(
        at=NOW,
        revision=4,
        outcome_before=Outcome.PENDING,
        outcome=Outcome.REJECTED,
        opened=(REJECTED_HOLD,),
        closed=(DISCONNECTED_HOLD,),
        reasons=because,
        policy_sha256=SHA256,
        revised=False,
        source=BY,
    )


HOLDS = {
    "opened": (session(), session(holds=(MANUAL_HOLD,)), (MANUAL_HOLD,), ()),
    "closed": (session(holds=(MANUAL_HOLD,)), session(), (), (MANUAL_HOLD,)),
    "one for another": (
        session(holds=(DISCONNECTED_HOLD,)),
        session(holds=(MANUAL_HOLD,)),
        (MANUAL_HOLD,),
        (DISCONNECTED_HOLD,),
    ),
}


@pytest.mark.parametrize(("before", "after", "opened", "closed"), HOLDS.values(), ids=HOLDS)
def test_holds_alone_make_a_decision(
    before: Session, after: Session, opened: tuple[Hold, ...], closed: tuple[Hold, ...]
) -> None:
    made = build_decision(before, after, SHA256, BY)

    assert made is not None
    assert (made.opened, made.closed) == (opened, closed)
    assert made.outcome_before is made.outcome


def test_a_hold_that_no_outcome_explains_brings_its_own_reason() -> None:
    held = session(status="started", holds=(DISCONNECTED_HOLD,))

    made = build_decision(
        session(status="started"), held, SHA256, DecisionSource(cause=Cause.HEARTBEAT_TIMEOUT)
    )

    assert made is not None
    assert made.reasons == (SILENCE,)


def test_a_rule_that_fires_for_the_first_time_is_a_decision() -> None:
    flagged = replace(PENDING, findings=(FLAG,), reasons=(FLAG.reason,))

    made = build_decision(PENDING, flagged, SHA256, DecisionSource(cause=Cause.REPORT))

    assert made is not None
    assert (made.opened, made.closed, made.reasons) == ((), (), (FLAG.reason,))


NO_DECISION = {
    "nothing": PENDING,
    "a measured value": replace(PENDING, findings=(replace(FLAG, value=50),)),
    "a fact": replace(PENDING, facts={**PENDING.facts, "score": 64}),
    "the reasons": replace(PENDING, reasons=(Reason(rule="status", detail="in progress"),)),
    "the words of a hold": replace(
        PENDING, holds=(DISCONNECTED_HOLD, replace(MANUAL_HOLD, reasons=(REJECTION,)))
    ),
}


@pytest.mark.parametrize("after", NO_DECISION.values(), ids=NO_DECISION)
def test_a_report_that_changes_no_outcome_hold_or_fired_rule_is_no_decision(after: Session) -> None:
    before = replace(PENDING, findings=(FLAG,)) if after.findings else PENDING

    assert (
        build_decision(
            before, replace(after, revision=4), SHA256, DecisionSource(cause=Cause.REPORT)
        )
        is None
    )


@pytest.mark.parametrize("cause", sorted(set(Cause) - {Cause.REPORT}))
def test_what_no_report_did_is_always_a_decision(cause: Cause) -> None:
    made = build_decision(
        PENDING, replace(PENDING, revision=4), SHA256, DecisionSource(cause=cause)
    )

    assert made is not None
    assert (made.opened, made.closed, made.outcome) == ((), (), made.outcome_before)


AUTO_ACCEPTED = session(status="stopped", outcome=Outcome.ACCEPTED)
NOT_YET_FINAL = replace(ACCEPTED, final_at=at(700))

REVISED = {
    "accepted, then rejected": (ACCEPTED, REJECTED, True),
    "rejected, then accepted": (REJECTED, ACCEPTED, True),
    "pending, then rejected": (PENDING, REJECTED, False),
    "accepted by a machine, then rejected": (AUTO_ACCEPTED, REJECTED, True),
    "accepted and not final, then rejected": (NOT_YET_FINAL, REJECTED, False),
    "accepted, then undecided again": (ACCEPTED, PENDING, True),
    "rejected as before, one hold less": (
        REJECTED,
        replace(REJECTED, holds=(REJECTED_HOLD,)),
        False,
    ),
}


@pytest.mark.parametrize(("before", "after", "revised"), REVISED.values(), ids=REVISED)
def test_only_the_change_of_a_final_outcome_is_a_revision(
    before: Session, after: Session, revised: bool
) -> None:
    made = build_decision(before, after, SHA256, BY)

    assert made is not None
    assert made.revised is revised
