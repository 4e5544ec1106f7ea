"""Decides outcome and holds of a session from everything that is known of it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from proctor_results.policies.model import ExamPolicy
from proctor_results.sessions.enums import HoldKind, Outcome, RuleAction, Status
from proctor_results.sessions.model import Finding, Hold, Reason, Session
from proctor_results.sessions.rules.human_decision import (
    HumanDecision,
    latest_human_decision,
)

DERIVED_HOLDS = frozenset({HoldKind.REJECTED, HoldKind.VIOLATION, HoldKind.SKIPPED})
"""The holds that follow from what is known; every other kind is opened and closed by an event of its own."""


def evaluate(session: Session, policy: ExamPolicy, now: datetime) -> Session:
    """The session with the outcome, the reasons and the holds that its facts and findings call for."""
    human_decision = latest_human_decision(session)
    session = _drop_obsolete_release(session, human_decision)
    outcome, reason = _decide_outcome(session, policy, human_decision)
    flags = (finding.reason for finding in session.findings)
    return replace(
        session,
        outcome=outcome,
        reasons=(reason, *flags),
        holds=_updated_holds(session, policy, now),
    )


def _drop_obsolete_release(session: Session, human_decision: HumanDecision | None) -> Session:
    """A released rejection is over with the ruling it came from; the next one is new, also when nobody signed it."""
    if (
        _has_outcome(human_decision, Outcome.REJECTED)
        or HoldKind.REJECTED not in session.released_triggers
    ):
        return session
    released_triggers = {
        kind: evidence
        for kind, evidence in session.released_triggers.items()
        if kind != HoldKind.REJECTED
    }
    return replace(session, released_triggers=released_triggers)


def _has_outcome(human_decision: HumanDecision | None, outcome: Outcome) -> bool:
    return human_decision is not None and human_decision.outcome is outcome


def _decide_outcome(
    session: Session, policy: ExamPolicy, human_decision: HumanDecision | None
) -> tuple[Outcome, Reason]:
    if human_decision:
        return human_decision.outcome, human_decision.reason
    if session.status is Status.SKIPPED:
        return Outcome.SKIPPED, Reason(rule="status", detail=_NOT_STARTED_DETAIL)
    if session.status is Status.STOPPED and _auto_accepts(session, policy):
        return Outcome.ACCEPTED, _auto_accept_reason(session, policy)
    return Outcome.PENDING, Reason(rule="status", detail=_PENDING_DETAILS[session.status])


_PENDING_DETAILS = {
    Status.CREATED: "not started yet",
    Status.STARTED: "in progress",
    Status.STOPPED: "finished, not rated yet",
}
_NOT_STARTED_DETAIL = "not started before the deadline"


def _auto_accepts(session: Session, policy: ExamPolicy) -> bool:
    score, limit = session.facts.get("score"), policy.auto_accept_score
    is_blocked = _violations(session) or any(
        hold.kind not in DERIVED_HOLDS for hold in session.holds
    )
    return (
        limit is not None and isinstance(score, int | float) and score >= limit and not is_blocked
    )


def _auto_accept_reason(session: Session, policy: ExamPolicy) -> Reason:
    score, limit = session.facts["score"], policy.auto_accept_score
    detail = f"score {score:g} reaches {limit:g}"
    return Reason(rule="auto_accept", detail=detail, value=score, limit=limit)  # type: ignore[arg-type]  # as above


def _violations(session: Session) -> tuple[Finding, ...]:
    return tuple(finding for finding in session.findings if finding.action is RuleAction.HOLD)


def _updated_holds(session: Session, policy: ExamPolicy, now: datetime) -> tuple[Hold, ...]:
    open_holds = {hold.kind: hold for hold in session.holds}
    holds = {kind: hold for kind, hold in open_holds.items() if kind not in DERIVED_HOLDS}
    for trigger in hold_triggers(session, policy):
        if trigger.kind in open_holds or not trigger.is_released(session):
            since = open_holds[trigger.kind].since if trigger.kind in open_holds else now
            holds[trigger.kind] = Hold(kind=trigger.kind, since=since, reasons=trigger.reasons)
    return tuple(sorted(holds.values(), key=lambda hold: hold.kind))


@dataclass(frozen=True, kw_only=True)
class HoldTrigger:
    """What is known calls for a hold. `evidence` names what it rests on: rules, or the verdict's signature."""

    kind: HoldKind
    reasons: tuple[Reason, ...]
    evidence: tuple[str, ...]

    def is_released(self, session: Session) -> bool:
        """Whether a person has seen all of the evidence, and released the hold."""
        return set(self.evidence) <= set(session.released_triggers.get(self.kind, ()))


def hold_triggers(session: Session, policy: ExamPolicy) -> Iterator[HoldTrigger]:
    """The holds that the session's facts and findings, and what was ruled, call for, released or not."""
    human_decision = latest_human_decision(session)
    if human_decision and human_decision.outcome is Outcome.REJECTED:
        yield HoldTrigger(
            kind=HoldKind.REJECTED,
            reasons=(human_decision.reason,),
            evidence=(human_decision.evidence,),
        )
    violations = _violations(session)
    if violations and not _has_outcome(human_decision, Outcome.ACCEPTED):
        reasons = tuple(finding.reason for finding in violations)
        yield HoldTrigger(
            kind=HoldKind.VIOLATION,
            reasons=reasons,
            evidence=tuple(reason.rule for reason in reasons),
        )
    if (
        session.status is Status.SKIPPED
        and policy.hold_skipped
        and not _has_outcome(human_decision, Outcome.ACCEPTED)
    ):
        reason = Reason(rule="hold_skipped", detail=_NOT_STARTED_DETAIL)
        yield HoldTrigger(kind=HoldKind.SKIPPED, reasons=(reason,), evidence=("skipped",))
