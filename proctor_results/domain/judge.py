"""Decides outcome and holds of a session from everything that is known of it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from proctor_results.domain.policy import ExamPolicy
from proctor_results.domain.ruling import Ruling, ruling
from proctor_results.domain.session import Finding, Hold, Reason, Session
from proctor_results.domain.words import Action, HoldKind, Outcome, Status

JUDGED = frozenset({HoldKind.REJECTED, HoldKind.VIOLATION, HoldKind.SKIPPED})
"""The holds that follow from what is known; every other kind is opened and closed by an event of its own."""


def judge(session: Session, policy: ExamPolicy, now: datetime) -> Session:
    """The session with the outcome, the reasons and the holds that its facts and findings call for."""
    ruled = ruling(session)
    session = _without_what_is_over(session, ruled)
    outcome, reason = _outcome(session, policy, ruled)
    flags = (finding.reason for finding in session.findings)
    return replace(session, outcome=outcome, reasons=(reason, *flags), holds=_holds(session, policy, now))


def _without_what_is_over(session: Session, ruled: Ruling | None) -> Session:
    """A released rejection is over with the ruling it came from; the next one is new, also when nobody signed it."""
    if _is(ruled, Outcome.REJECTED) or HoldKind.REJECTED not in session.releases:
        return session
    releases = {kind: evidence for kind, evidence in session.releases.items() if kind != HoldKind.REJECTED}
    return replace(session, releases=releases)


def _is(ruled: Ruling | None, outcome: Outcome) -> bool:
    return ruled is not None and ruled.outcome is outcome


def _outcome(session: Session, policy: ExamPolicy, ruled: Ruling | None) -> tuple[Outcome, Reason]:
    if ruled:
        return ruled.outcome, ruled.reason
    if session.status is Status.SKIPPED:
        return Outcome.SKIPPED, Reason(rule="status", detail=_NOT_STARTED)
    if session.status is Status.STOPPED and _accepts_itself(session, policy):
        return Outcome.ACCEPTED, _auto_accept(session, policy)
    return Outcome.PENDING, Reason(rule="status", detail=_PENDING[session.status])


_PENDING = {
    Status.CREATED: "not started yet",
    Status.STARTED: "in progress",
    Status.STOPPED: "finished, not rated yet",
}
_NOT_STARTED = "not started before the deadline"


def _accepts_itself(session: Session, policy: ExamPolicy) -> bool:
    score, bar = session.facts.get("score"), policy.auto_accept_score
    held = _violations(session) or any(hold.kind not in JUDGED for hold in session.holds)
    return bar is not None and isinstance(score, int | float) and score >= bar and not held


def _auto_accept(session: Session, policy: ExamPolicy) -> Reason:
    score, bar = session.facts["score"], policy.auto_accept_score
    detail = f"score {score:g} reaches {bar:g}"
    return Reason(rule="auto-accept", detail=detail, measured=score, bar=bar)  # type: ignore[arg-type]  # as above


def _violations(session: Session) -> tuple[Finding, ...]:
    return tuple(finding for finding in session.findings if finding.action is Action.HOLD)


def _holds(session: Session, policy: ExamPolicy, now: datetime) -> tuple[Hold, ...]:
    open_now = {hold.kind: hold for hold in session.holds}
    kept = {kind: hold for kind, hold in open_now.items() if kind not in JUDGED}
    for call in calls(session, policy):
        if call.kind in open_now or not call.is_released(session):
            since = open_now[call.kind].since if call.kind in open_now else now
            kept[call.kind] = Hold(kind=call.kind, since=since, reasons=call.reasons)
    return tuple(sorted(kept.values(), key=lambda hold: hold.kind))


@dataclass(frozen=True, kw_only=True)
class Call:
    """What is known calls for a hold. `evidence` names what it rests on: rules, or the verdict's signature."""

    kind: HoldKind
    reasons: tuple[Reason, ...]
    evidence: tuple[str, ...]

    def is_released(self, session: Session) -> bool:
        """Whether a person has seen all of the evidence, and released the hold."""
        return set(self.evidence) <= set(session.releases.get(self.kind, ()))


def calls(session: Session, policy: ExamPolicy) -> Iterator[Call]:
    """The holds that the session's facts and findings, and what was ruled, call for, released or not."""
    ruled = ruling(session)
    if ruled and ruled.outcome is Outcome.REJECTED:
        yield Call(kind=HoldKind.REJECTED, reasons=(ruled.reason,), evidence=(ruled.evidence,))
    violations = _violations(session)
    if violations and not _is(ruled, Outcome.ACCEPTED):
        reasons = tuple(finding.reason for finding in violations)
        yield Call(kind=HoldKind.VIOLATION, reasons=reasons, evidence=tuple(reason.rule for reason in reasons))
    if session.status is Status.SKIPPED and policy.hold_skipped and not _is(ruled, Outcome.ACCEPTED):
        reason = Reason(rule="hold-skipped", detail=_NOT_STARTED)
        yield Call(kind=HoldKind.SKIPPED, reasons=(reason,), evidence=("skipped",))
