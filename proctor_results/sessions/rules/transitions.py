"""Changes of a session by the LMS, operators and heartbeats: launches, holds, overrides."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from proctor_results.formats.json_value import Json
from proctor_results.policies.model import ExamPolicy, Policy
from proctor_results.sessions.decision import DecisionSource
from proctor_results.sessions.enums import HoldKind, OperatorAction, Outcome, Status
from proctor_results.sessions.model import Finding, Hold, Override, Reason, Session
from proctor_results.sessions.report import Report
from proctor_results.sessions.rules.apply_report import merge
from proctor_results.sessions.rules.evaluate import (
    DERIVED_HOLDS,
    active_override,
    evaluate,
    released_evidence,
)


def policy_changed_by_launch(
    session: Session, lms_attributes: Mapping[str, Json], policy: Policy
) -> ExamPolicy | None:
    """Return the exam policy that applies from this launch on, where another one applied before."""
    exam_policy = policy.for_session(_with_lms_attributes(session, lms_attributes))
    is_changed = session.revision > 0 and exam_policy != policy.for_session(session)
    return exam_policy if is_changed else None


def apply_launch(
    session: Session,
    lms_attributes: Mapping[str, Json],
    policy: Policy,
    now: datetime,
    findings: tuple[Finding, ...] | None = None,
) -> Session:
    """Return the session with one launch more; null keeps what the LMS sent before.

    `findings` are those of all reports so far, where the launch has changed the exam policy.
    """
    updated = _with_lms_attributes(session, lms_attributes)
    if findings is not None:
        updated = replace(updated, findings=findings)
    return evaluate(updated, policy.for_session(updated), now).next_revision(session, now)


def start_from_heartbeat(
    session: Session, launch: int, ids: Mapping[str, Json], policy: Policy, now: datetime
) -> Session:
    """Return the session at the first heartbeat of a launch: the sitting runs.

    A `disconnected` hold of an earlier launch closes. `ids` are what the page calls learner,
    course, exam and activity; the values that came first are kept.
    """
    sent_ids = {name: value for name, value in ids.items() if value is not None}
    remaining_holds = tuple(hold for hold in session.holds if not _cleared_by_launch(hold, launch))
    updated = replace(
        session,
        browser_attributes={**sent_ids, **session.browser_attributes},
        holds=remaining_holds,
    )
    if session.status is not Status.STARTED:  # a human verdict supersedes this report
        started = Report(identifier=session.identifier, status=Status.STARTED, started_at=now)
        updated = merge(updated, started)
    return evaluate(updated, policy.for_session(updated), now).next_revision(session, now)


def disconnect(session: Session, launch: int, reason: Reason, now: datetime) -> Session:
    """Return the session locked because the launch is silent; a later launch unlocks it."""
    hold = Hold(kind=HoldKind.DISCONNECTED, since=now, reasons=(reason,), launch=launch)
    return _with_hold(session, hold).next_revision(session, now)


def apply_operator_action(
    session: Session, source: DecisionSource, policy: ExamPolicy, now: datetime
) -> Session | None:
    """Return the session after the action that `source` describes; None if it changes nothing."""
    match OperatorAction(str(source.inputs["action"])):
        case OperatorAction.HOLD:
            return _apply_manual_hold(session, f"{source.actor}: {source.note}", now)
        case OperatorAction.RELEASE:
            kind = HoldKind(str(source.inputs["hold"]))
            return apply_release(session, kind, policy, now) if session.open_hold(kind) else None
        case OperatorAction.OVERRIDE:
            return _apply_new_override(session, source, policy, now)
        case OperatorAction.WITHDRAW_OVERRIDE:
            return remove_override(session, policy, now) if session.override else None
        case OperatorAction.NOTE:
            return session.next_revision(session, now)


def apply_release(session: Session, kind: HoldKind, policy: ExamPolicy, now: datetime) -> Session:
    """Return the session without that hold. Only new evidence opens it again."""
    released_triggers = session.released_triggers
    if kind in DERIVED_HOLDS:
        evidence = released_evidence(session, kind, policy)
        released_triggers = {**released_triggers, kind: evidence}
    released = replace(
        session,
        holds=tuple(hold for hold in session.holds if hold.kind is not kind),
        released_triggers=released_triggers,
    )
    return evaluate(released, policy, now).next_revision(session, now)


def apply_override(
    session: Session, override: Override, policy: ExamPolicy, now: datetime
) -> Session:
    """Return the session with an operator's outcome, which a newer signed verdict supersedes."""
    return evaluate(replace(session, override=override), policy, now).next_revision(session, now)


def remove_override(session: Session, policy: ExamPolicy, now: datetime) -> Session:
    """Return the session without its override: its reports decide again."""
    return evaluate(replace(session, override=None), policy, now).next_revision(session, now)


def _apply_manual_hold(session: Session, detail: str, now: datetime) -> Session | None:
    existing = session.open_hold(HoldKind.MANUAL)
    if existing and existing.detail == detail:
        return None
    reason = Reason(rule="manual", detail=detail)
    hold = Hold(kind=HoldKind.MANUAL, since=existing.since if existing else now, reasons=(reason,))
    return _with_hold(session, hold).next_revision(session, now)


def _apply_new_override(
    session: Session, source: DecisionSource, policy: ExamPolicy, now: datetime
) -> Session | None:
    outcome = Outcome(str(source.inputs["outcome"]))
    override = Override(outcome=outcome, actor=str(source.actor), reason=str(source.note), at=now)
    existing = active_override(session)
    if existing and replace(existing, at=now) == override:
        return None
    return apply_override(session, override, policy, now)


def _with_lms_attributes(session: Session, lms_attributes: Mapping[str, Json]) -> Session:
    sent = {name: value for name, value in lms_attributes.items() if value is not None}
    return replace(
        session,
        lms_attributes={**session.lms_attributes, **sent},
        launch_count=session.launch_count + 1,
    )


def _cleared_by_launch(hold: Hold, launch: int) -> bool:
    return hold.kind is HoldKind.DISCONNECTED and hold.launch is not None and hold.launch < launch


def _with_hold(session: Session, hold: Hold) -> Session:
    others = (open_hold for open_hold in session.holds if open_hold.kind is not hold.kind)
    holds = sorted((*others, hold), key=lambda open_hold: open_hold.kind)
    return replace(session, holds=tuple(holds))
