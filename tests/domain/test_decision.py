"""What a judgement changed."""

from dataclasses import replace

import pytest

from proctor_results.domain.decision import Decision, Origin, decision
from proctor_results.domain.session import Hold, Reason, Session
from proctor_results.domain.words import Cause, HoldKind, Outcome
from tests.domain.samples import NOW, at, session

REJECTED_HOLD = Hold(kind=HoldKind.REJECTED, since=at(50), detail="rejected by a proctor")
MANUAL_HOLD = Hold(kind=HoldKind.MANUAL, since=at(5), detail="asked for by the exam office")
DISCONNECTED_HOLD = Hold(kind=HoldKind.DISCONNECTED, since=at(15), detail="no heartbeat for 41 s (allowed 40 s)")

PENDING = session(status="stopped", holds=(DISCONNECTED_HOLD, MANUAL_HOLD), revision=3)
ACCEPTED = session(status="accepted", outcome=Outcome.ACCEPTED, revision=4)
REJECTED = session(status="rejected", outcome=Outcome.REJECTED, holds=(MANUAL_HOLD, REJECTED_HOLD), revision=4)
SHA256 = "c" * 64
BY = Origin(cause=Cause.PERSON, actor="exam office", note="seen on the recording")


def test_a_decision_tells_outcomes_holds_reasons_and_policy() -> None:
    because = (Reason(rule="verdict", detail="rejected by a proctor"),)

    assert decision(PENDING, replace(REJECTED, reasons=because), SHA256, BY) == Decision(
        at=NOW,
        revision=4,
        outcome_before=Outcome.PENDING,
        outcome=Outcome.REJECTED,
        opened=(REJECTED_HOLD,),
        closed=(DISCONNECTED_HOLD,),
        reasons=because,
        policy_sha256=SHA256,
        revised=False,
        by=BY,
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
    made = decision(before, after, SHA256, BY)

    assert made is not None
    assert (made.opened, made.closed) == (opened, closed)
    assert made.outcome_before is made.outcome


NO_DECISION = {
    "nothing": PENDING,
    "a fact": replace(PENDING, facts={**PENDING.facts, "score": 64}),
    "the reasons": replace(PENDING, reasons=(Reason(rule="status", detail="in progress"),)),
    "the words of a hold": replace(PENDING, holds=(DISCONNECTED_HOLD, replace(MANUAL_HOLD, detail="asked for again"))),
}


@pytest.mark.parametrize("after", NO_DECISION.values(), ids=NO_DECISION)
def test_without_a_change_of_outcome_or_open_holds_there_is_no_decision(after: Session) -> None:
    assert decision(PENDING, replace(after, revision=4), SHA256, BY) is None


AUTO_ACCEPTED = session(status="stopped", outcome=Outcome.ACCEPTED)

REVISED = {
    "accepted, then rejected": (ACCEPTED, REJECTED, True),
    "rejected, then accepted": (REJECTED, ACCEPTED, True),
    "pending, then rejected": (PENDING, REJECTED, False),
    "accepted by a machine, then rejected": (AUTO_ACCEPTED, REJECTED, False),
    "rejected as before, one hold less": (REJECTED, replace(REJECTED, holds=(REJECTED_HOLD,)), False),
}


@pytest.mark.parametrize(("before", "after", "revised"), REVISED.values(), ids=REVISED)
def test_only_a_changed_human_verdict_is_a_revision(before: Session, after: Session, revised: bool) -> None:
    made = decision(before, after, SHA256, BY)

    assert made is not None
    assert made.revised is revised
