"""Outcome, reasons and holds that follow from what is known."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from proctor_results.policies.load import default_policy
from proctor_results.policies.model import ExamPolicy
from proctor_results.sessions.enums import HoldKind, Outcome, RuleAction, Status
from proctor_results.sessions.model import Finding, Hold, Reason, Session
from proctor_results.sessions.report import Report
from proctor_results.sessions.rules.apply_report import merge
from proctor_results.sessions.rules.evaluate import evaluate
from tests.support.sample_sessions import NOW, at, merged, report, session

PLAIN = ExamPolicy(sha256="0" * 64)
HOLDS_SKIPPED = replace(PLAIN, hold_skipped=True)
ACCEPTS_80 = replace(PLAIN, auto_accept_score=80)

VIOLATION = Finding(
    rule="someone-else", action=RuleAction.HOLD, value=35, limit=20, detail="average of c4 is 35"
)
FLAG = Finding(
    rule="face-out-of-sight",
    action=RuleAction.FLAG,
    value=40,
    limit=30,
    detail="average of c2 is 40",
)

OUTCOMES = {
    "nothing known": (session(), Outcome.PENDING, "not started yet"),
    "created": (session(status="created"), Outcome.PENDING, "not started yet"),
    "started": (session(status="started"), Outcome.PENDING, "in progress"),
    "skipped": (session(status="skipped"), Outcome.SKIPPED, "not started before the deadline"),
    "stopped": (session(status="stopped"), Outcome.PENDING, "finished, not rated yet"),
    "accepted": (session(status="accepted"), Outcome.ACCEPTED, "accepted by a proctor"),
    "rejected": (
        session(status="rejected", proctor="eve"),
        Outcome.REJECTED,
        "rejected by proctor eve",
    ),
    "rejected with a comment": (
        session(status="rejected", proctor="eve", comment="a phone"),
        Outcome.REJECTED,
        "rejected by proctor eve: a phone",
    ),
    "stopped by a proctor who signed it": (
        session(status="stopped", proctor="eve", signed_at="2026-03-02T09:20:00.000Z"),
        Outcome.PENDING,
        "finished, not rated yet",
    ),
}


@pytest.mark.parametrize(("known", "outcome", "because"), OUTCOMES.values(), ids=OUTCOMES)
def test_the_outcome_follows_from_the_status(
    known: Session, outcome: Outcome, because: str
) -> None:
    judged = evaluate(known, PLAIN, NOW)

    assert (judged.outcome, judged.reasons[0].detail) == (outcome, because)
    assert judged.final is (outcome is not Outcome.PENDING)


def test_the_comment_on_a_verdict_does_not_explain_its_revision() -> None:
    rejected = report(Status.REJECTED, signed_at=at(50), proctor="eve", comment="a phone")

    revised = evaluate(
        merged(rejected, report(Status.ACCEPTED, signed_at=at(60), proctor="bob")), PLAIN, NOW
    )

    assert revised.reasons == (Reason(rule="verdict", detail="accepted by proctor bob"),)
    assert revised.facts["comment"] == "a phone"


def test_a_comment_made_before_the_verdict_explains_it() -> None:
    stopped = report(Status.STOPPED, stopped_at=at(20), proctor="eve", comment="a phone")

    judged = evaluate(merged(stopped, report(Status.REJECTED, signed_at=at(50))), PLAIN, NOW)

    assert judged.reasons[0].detail == "rejected by proctor eve: a phone"


AUTO_ACCEPT = {
    "a stopped sitting above the bar": (
        session(status="stopped", score=81),
        ACCEPTS_80,
        Outcome.ACCEPTED,
    ),
    "a stopped sitting on the bar": (
        session(status="stopped", score=80),
        ACCEPTS_80,
        Outcome.ACCEPTED,
    ),
    "a stopped sitting below the bar": (
        session(status="stopped", score=79.5),
        ACCEPTS_80,
        Outcome.PENDING,
    ),
    "a stopped sitting without a score": (session(status="stopped"), ACCEPTS_80, Outcome.PENDING),
    "a full score, but no such policy": (
        session(status="stopped", score=100),
        PLAIN,
        Outcome.PENDING,
    ),
    "a full score in progress": (session(status="started", score=100), ACCEPTS_80, Outcome.PENDING),
    "a full score of a sitting skipped": (
        session(status="skipped", score=100),
        ACCEPTS_80,
        Outcome.SKIPPED,
    ),
    "a full score, but rejected": (
        session(status="rejected", score=100),
        ACCEPTS_80,
        Outcome.REJECTED,
    ),
    "a full score and a violation": (
        session(status="stopped", score=100, findings=(VIOLATION,)),
        ACCEPTS_80,
        Outcome.PENDING,
    ),
    "a full score and a flag": (
        session(status="stopped", score=100, findings=(FLAG,)),
        ACCEPTS_80,
        Outcome.ACCEPTED,
    ),
    "a bar of 0 and a score of 0": (
        session(status="stopped", score=0),
        replace(PLAIN, auto_accept_score=0),
        Outcome.ACCEPTED,
    ),
}


@pytest.mark.parametrize(("known", "policy", "outcome"), AUTO_ACCEPT.values(), ids=AUTO_ACCEPT)
def test_a_machine_accepts_only_a_stopped_sitting_that_reaches_the_bar_of_its_policy(
    known: Session, policy: ExamPolicy, outcome: Outcome
) -> None:
    assert evaluate(known, policy, NOW).outcome is outcome


def test_what_a_machine_accepted_is_explained_by_score_and_bar() -> None:
    judged = evaluate(session(status="stopped", score=92.5), ACCEPTS_80, NOW)

    assert judged.reasons == (
        Reason(rule="auto_accept", detail="score 92.5 reaches 80", value=92.5, limit=80),
    )


@pytest.mark.parametrize("status", sorted(set(Status) - {Status.REJECTED}))
def test_a_machine_never_rejects(status: Status) -> None:
    known = session(status=status, score=0, findings=(VIOLATION, FLAG))

    judged = evaluate(known, replace(HOLDS_SKIPPED, auto_accept_score=80), NOW)

    assert judged.outcome is not Outcome.REJECTED
    assert HoldKind.REJECTED not in kinds(judged)


def test_every_finding_is_a_reason_after_that_of_the_outcome() -> None:
    judged = evaluate(session(status="stopped", findings=(FLAG, VIOLATION)), PLAIN, NOW)

    assert [reason.rule for reason in judged.reasons] == [
        "status",
        "face-out-of-sight",
        "someone-else",
    ]
    assert judged.reasons[1] == Reason(rule=FLAG.rule, detail=FLAG.detail, value=40, limit=30)


def hold(kind: HoldKind) -> Hold:
    return Hold(kind=kind, since=at(5), reasons=(Reason(rule="manual", detail="opened earlier"),))


REJECTED_HOLD, VIOLATION_HOLD, SKIPPED_HOLD = map(
    hold, (HoldKind.REJECTED, HoldKind.VIOLATION, HoldKind.SKIPPED)
)

HOLDS = {
    "rejected: opens": (session(status="rejected"), PLAIN, [HoldKind.REJECTED]),
    "rejected, then accepted: closes": (
        session(status="accepted", holds=(REJECTED_HOLD,)),
        PLAIN,
        [],
    ),
    "a violation in progress: opens": (
        session(status="started", findings=(VIOLATION,)),
        PLAIN,
        [HoldKind.VIOLATION],
    ),
    "a violation, stopped: opens": (
        session(status="stopped", findings=(VIOLATION,)),
        PLAIN,
        [HoldKind.VIOLATION],
    ),
    "a violation, then rejected: both": (
        session(status="rejected", findings=(VIOLATION,), holds=(VIOLATION_HOLD,)),
        PLAIN,
        [HoldKind.REJECTED, HoldKind.VIOLATION],
    ),
    "a violation, then accepted: closes": (
        session(status="accepted", findings=(VIOLATION,), holds=(VIOLATION_HOLD,)),
        PLAIN,
        [],
    ),
    "a flag: opens none": (session(status="stopped", findings=(FLAG,)), PLAIN, []),
    "skipped, if the policy says so: opens": (
        session(status="skipped"),
        HOLDS_SKIPPED,
        [HoldKind.SKIPPED],
    ),
    "skipped, without such a policy: opens none": (session(status="skipped"), PLAIN, []),
    "skipped, then started: closes": (
        session(status="started", holds=(SKIPPED_HOLD,)),
        HOLDS_SKIPPED,
        [],
    ),
}


@pytest.mark.parametrize(("known", "policy", "held"), HOLDS.values(), ids=HOLDS)
def test_holds_open_and_close_with_what_is_known(
    known: Session, policy: ExamPolicy, held: list[HoldKind]
) -> None:
    judged = evaluate(known, policy, NOW)

    assert kinds(judged) == held
    assert judged.locked is bool(held)


def test_a_hold_remembers_since_when_it_is_open_and_says_why_it_is_now() -> None:
    known = session(
        status="rejected", comment="a phone", findings=(VIOLATION,), holds=(REJECTED_HOLD,)
    )

    assert evaluate(known, PLAIN, NOW).holds == (
        Hold(
            kind=HoldKind.REJECTED,
            since=at(5),
            reasons=(Reason(rule="verdict", detail="rejected by a proctor: a phone"),),
        ),
        Hold(kind=HoldKind.VIOLATION, since=NOW, reasons=(VIOLATION.reason,)),
    )


def test_a_violation_lists_every_rule_that_fired() -> None:
    several = Finding(
        rule="several-faces",
        action=RuleAction.HOLD,
        value=60,
        limit=30,
        detail="average of c3 is 60",
    )

    judged = evaluate(session(status="stopped", findings=(FLAG, several, VIOLATION)), PLAIN, NOW)

    assert judged.holds[0].detail == "average of c3 is 60; average of c4 is 35"


OTHERS = tuple(
    hold(kind)
    for kind in (HoldKind.DISCONNECTED, HoldKind.MANUAL, HoldKind.PAUSED, HoldKind.TERMINATED)
)


@pytest.mark.parametrize("status", Status)
def test_holds_that_open_by_an_event_of_their_own_are_left_alone(status: Status) -> None:
    judged = evaluate(session(status=status, holds=OTHERS), PLAIN, NOW)

    assert tuple(hold for hold in judged.holds if hold.kind is not HoldKind.REJECTED) == OTHERS


def test_holds_are_listed_in_the_order_of_their_names() -> None:
    known = session(status="rejected", findings=(VIOLATION,), holds=OTHERS)

    assert kinds(evaluate(known, PLAIN, NOW)) == sorted(kinds(evaluate(known, PLAIN, NOW)))


def guides_sample() -> Report:
    """The sample of the vendor's guide has no network for 36 per cent of the sitting."""
    fields = json.loads(
        (Path(__file__).parents[2] / "samples" / "supervisor_stopped.json").read_bytes()
    )
    return report(Status(fields["status"]), score=fields["score"], averages=fields["averages"])


NETWORK_LOSS = {
    "the guide's sample": guides_sample(),
    "most of the sitting": report(Status.STOPPED, score=20, averages={"n1": 80}),
    "all of the sitting": report(Status.STOPPED, score=0, averages={"n1": 100}),
    "reported without averages": report(Status.STOPPED, score=20),
}


@pytest.mark.parametrize("loss", NETWORK_LOSS.values(), ids=NETWORK_LOSS)
def test_network_loss_alone_never_holds_by_default(loss: Report) -> None:
    policy = default_policy().default

    judged = evaluate(merge(session(), loss, policy.findings(loss)), policy, NOW)

    assert (judged.outcome, judged.holds, judged.findings) == (Outcome.PENDING, (), ())


def test_network_loss_does_not_excuse_another_person_by_default() -> None:
    policy = default_policy().default
    loss = report(Status.STOPPED, score=0, averages={"n1": 80, "c4": 20})

    judged = evaluate(merge(session(), loss, policy.findings(loss)), policy, NOW)

    assert kinds(judged) == [HoldKind.VIOLATION]


def kinds(judged: Session) -> list[HoldKind]:
    return [hold.kind for hold in judged.holds]
