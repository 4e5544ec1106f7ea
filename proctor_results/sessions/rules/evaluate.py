"""Decides the outcome and the holds of a session from everything that is known of it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from proctor_results.formats.json_value import Json
from proctor_results.formats.times import format_time
from proctor_results.policies.model import ExamPolicy
from proctor_results.sessions.enums import VERDICTS, HoldKind, Outcome, RuleAction, Status
from proctor_results.sessions.model import Hold, Override, Reason, Session

DERIVED_HOLDS = frozenset({HoldKind.REJECTED, HoldKind.VIOLATION, HoldKind.SKIPPED})
"""The holds that follow from facts and findings; an event opens and closes each other kind."""


@dataclass(frozen=True, kw_only=True)
class HoldTrigger:
    """A cause for a hold. `evidence` names what it rests on: rules, or the verdict's signature."""

    kind: HoldKind
    reasons: tuple[Reason, ...]
    evidence: tuple[str, ...]

    def is_released(self, session: Session) -> bool:
        """Whether an operator has seen all of the evidence, and released the hold."""
        return set(self.evidence) <= set(session.released_triggers.get(self.kind, ()))


@dataclass(frozen=True, kw_only=True)
class HumanDecision:
    """The outcome that a human decided. `evidence` differs for each decision."""

    outcome: Outcome
    reason: Reason
    evidence: str


def evaluate(session: Session, policy: ExamPolicy, now: datetime) -> Session:
    """Return the session with the outcome, reasons and holds that its facts and findings cause."""
    decision = latest_human_decision(session)
    triggers = list(_hold_triggers(session, policy, decision))
    session = _drop_obsolete_release(session, decision)
    outcome, reason = _decide_outcome(session, policy, decision)
    flags = (finding.reason for finding in session.findings)
    return replace(
        session,
        outcome=outcome,
        reasons=(reason, *flags),
        holds=_updated_holds(session, triggers, now),
    )


def released_evidence(session: Session, kind: HoldKind, policy: ExamPolicy) -> tuple[str, ...]:
    """Return the evidence that an operator has seen who releases the hold of that kind now."""
    triggers = _hold_triggers(session, policy, latest_human_decision(session))
    return tuple(
        evidence for trigger in triggers if trigger.kind is kind for evidence in trigger.evidence
    )


def _hold_triggers(
    session: Session, policy: ExamPolicy, decision: HumanDecision | None
) -> Iterator[HoldTrigger]:
    """Yield the causes for derived holds, released or not."""
    if decision and decision.outcome is Outcome.REJECTED:
        yield HoldTrigger(
            kind=HoldKind.REJECTED, reasons=(decision.reason,), evidence=(decision.evidence,)
        )
    if decision and decision.outcome is Outcome.ACCEPTED:
        return
    reasons = tuple(
        finding.reason for finding in session.findings if finding.action is RuleAction.HOLD
    )
    if reasons:
        rules = tuple(reason.rule for reason in reasons)
        yield HoldTrigger(kind=HoldKind.VIOLATION, reasons=reasons, evidence=rules)
    if session.status is Status.SKIPPED and policy.hold_skipped:
        reason = Reason(rule="hold_skipped", detail=_NOT_STARTED_DETAIL)
        yield HoldTrigger(kind=HoldKind.SKIPPED, reasons=(reason,), evidence=("skipped",))


def _drop_obsolete_release(session: Session, decision: HumanDecision | None) -> Session:
    """Forget the release of a rejection that does not stand: the next one is new, even unsigned."""
    is_rejected = decision is not None and decision.outcome is Outcome.REJECTED
    if is_rejected or HoldKind.REJECTED not in session.released_triggers:
        return session
    released_triggers = {
        kind: evidence
        for kind, evidence in session.released_triggers.items()
        if kind != HoldKind.REJECTED
    }
    return replace(session, released_triggers=released_triggers)


def _decide_outcome(
    session: Session, policy: ExamPolicy, decision: HumanDecision | None
) -> tuple[Outcome, Reason]:
    if decision:
        return decision.outcome, decision.reason
    if session.status is Status.SKIPPED:
        return Outcome.SKIPPED, Reason(rule="status", detail=_NOT_STARTED_DETAIL)
    if session.status is Status.STOPPED and (reason := _auto_accept_reason(session, policy)):
        return Outcome.ACCEPTED, reason
    return Outcome.PENDING, Reason(rule="status", detail=_PENDING_DETAILS[session.status])


_PENDING_DETAILS = {
    Status.CREATED: "not started yet",
    Status.STARTED: "in progress",
    Status.STOPPED: "finished, not rated yet",
}
_NOT_STARTED_DETAIL = "not started before the deadline"


def _auto_accept_reason(session: Session, policy: ExamPolicy) -> Reason | None:
    """Return why the policy accepts the session by its score, or None where it does not."""
    score, limit = session.facts.get("score"), policy.auto_accept_score
    if limit is None or not isinstance(score, int | float) or score < limit:
        return None
    has_violation = any(finding.action is RuleAction.HOLD for finding in session.findings)
    if has_violation or any(hold.kind not in DERIVED_HOLDS for hold in session.holds):
        return None
    detail = f"score {score:g} reaches {limit:g}"
    return Reason(rule="auto_accept", detail=detail, value=score, limit=limit)


def _updated_holds(
    session: Session, triggers: list[HoldTrigger], now: datetime
) -> tuple[Hold, ...]:
    open_holds = {hold.kind: hold for hold in session.holds}
    holds = {kind: hold for kind, hold in open_holds.items() if kind not in DERIVED_HOLDS}
    for trigger in triggers:
        open_hold = open_holds.get(trigger.kind)
        if open_hold or not trigger.is_released(session):
            since = open_hold.since if open_hold else now
            holds[trigger.kind] = Hold(kind=trigger.kind, since=since, reasons=trigger.reasons)
    return tuple(sorted(holds.values(), key=lambda hold: hold.kind))


def latest_human_decision(session: Session) -> HumanDecision | None:
    """Return the newest human decision, or None where there is none."""
    override = active_override(session)
    if override:
        detail = f"{override.outcome} by {override.actor}: {override.reason}"
        return HumanDecision(
            outcome=override.outcome,
            reason=Reason(rule="override", detail=detail),
            evidence=f"override {format_time(override.at)}",
        )
    if session.status not in VERDICTS:
        return None
    return HumanDecision(
        outcome=Outcome(session.status),
        reason=_verdict_reason(session),
        evidence=str(session.facts.get("signed_at", "unsigned")),
    )


def active_override(session: Session) -> Override | None:
    """Return the override, unless a proctor has signed a verdict after it (not at its moment)."""
    override = session.override
    if override is None:
        return None
    signed_at = session.precedences["status"].signed_at if session.status in VERDICTS else None
    return None if signed_at and signed_at > format_time(override.at) else override


def _verdict_reason(session: Session) -> Reason:
    proctor, comment = (_fact_of_verdict(session, name) for name in ("proctor", "comment"))
    comment_suffix = f": {comment}" if comment else ""
    proctor_text = f"proctor {proctor}" if proctor else "a proctor"
    return Reason(rule="verdict", detail=f"{session.status} by {proctor_text}{comment_suffix}")


def _fact_of_verdict(session: Session, name: str) -> Json:
    """Return the fact, unless it came with the opposite verdict and so explains that one."""
    precedence = session.precedences.get(name)
    is_opposite = precedence is not None and precedence.status in VERDICTS - {session.status}
    return None if is_opposite else session.facts.get(name)
