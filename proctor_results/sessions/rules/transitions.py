"""What people and tools do to a session beside reporting: launch it, hold it, release it, overrule its outcome."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from proctor_results.explanations.history import HistoryEvent, findings_in
from proctor_results.formats.json_value import Json
from proctor_results.policies.model import ExamPolicy, Policy
from proctor_results.sessions.enums import HoldKind, Status
from proctor_results.sessions.model import Hold, Override, Reason, Session
from proctor_results.sessions.report import Report
from proctor_results.sessions.rules.evaluate import DERIVED_HOLDS, evaluate, hold_triggers
from proctor_results.sessions.rules.merge import merge


def apply_launch(
    session: Session,
    lms_attributes: Mapping[str, Json],
    policy: Policy,
    now: datetime,
    history: Iterable[HistoryEvent] = (),
) -> Session:
    """The session with one launch more. What the LMS says now replaces what it said before; null says nothing.

    Where that has the session judged by another policy of exams, it judges the `history`, too; nobody else asks for it.
    """
    updated = _with_lms_attributes(session, lms_attributes)
    if launch_changes_policy(session, lms_attributes, policy):
        updated = replace(
            updated, findings=findings_in(history, policy.for_session(updated), session.findings)
        )
    return evaluate(updated, policy.for_session(updated), now).next_revision(session, now)


def launch_changes_policy(
    session: Session, lms_attributes: Mapping[str, Json], policy: Policy
) -> bool:
    """Whether a launch names an exam that is judged otherwise than a session that is known has been so far."""
    return session.revision > 0 and policy.for_session(
        _with_lms_attributes(session, lms_attributes)
    ) != policy.for_session(session)


def _with_lms_attributes(session: Session, lms_attributes: Mapping[str, Json]) -> Session:
    merged = {
        **session.lms_attributes,
        **{name: value for name, value in lms_attributes.items() if value is not None},
    }
    return replace(session, lms_attributes=merged, launch_count=session.launch_count + 1)


def start_from_heartbeat(
    session: Session, launch: int, ids: Mapping[str, Json], policy: Policy, now: datetime
) -> Session:
    """The session at the first heartbeat of a launch: the sitting runs, and the learner is back.

    `ids` are what the page calls learner, course, exam and activity. The first word stands, and is hearsay.
    """
    browser_attributes = {
        **{name: value for name, value in ids.items() if value is not None},
        **session.browser_attributes,
    }
    remaining_holds = [hold for hold in session.holds if not _cleared_by_launch(hold, launch)]
    updated = replace(session, browser_attributes=browser_attributes, holds=tuple(remaining_holds))
    return evaluate(_mark_started(updated, now), policy.for_session(updated), now).next_revision(
        session, now
    )


def disconnect(session: Session, launch: int, reason: Reason, now: datetime) -> Session:
    """The session locked because nothing was heard of that launch; a later launch opens it again."""
    hold = Hold(kind=HoldKind.DISCONNECTED, since=now, reasons=(reason,), launch=launch)
    return _with_hold(session, hold).next_revision(session, now)


def place_manual_hold(session: Session, detail: str, now: datetime) -> Session:
    """The session locked by a person or the LMS."""
    existing = session.open_hold(HoldKind.MANUAL)
    reason = Reason(rule="manual", detail=detail)
    hold = Hold(kind=HoldKind.MANUAL, since=existing.since if existing else now, reasons=(reason,))
    return _with_hold(session, hold).next_revision(session, now)


def apply_release(session: Session, kind: HoldKind, policy: ExamPolicy, now: datetime) -> Session:
    """The session without that hold. What called for it cannot open it again; something new can."""
    remaining_holds = tuple(hold for hold in session.holds if hold.kind is not kind)
    released_evidence = tuple(
        evidence
        for trigger in hold_triggers(session, policy)
        if trigger.kind is kind
        for evidence in trigger.evidence
    )
    released_triggers = (
        {**session.released_triggers, kind: released_evidence}
        if kind in DERIVED_HOLDS
        else session.released_triggers
    )
    return evaluate(
        replace(session, holds=remaining_holds, released_triggers=released_triggers), policy, now
    ).next_revision(session, now)


def apply_override(
    session: Session, override: Override, policy: ExamPolicy, now: datetime
) -> Session:
    """The session with the outcome that an operator gives it, until a proctor signs a newer verdict."""
    return evaluate(replace(session, override=override), policy, now).next_revision(session, now)


def remove_override(session: Session, policy: ExamPolicy, now: datetime) -> Session:
    """The session without its override: it is again what its reports say."""
    return evaluate(replace(session, override=None), policy, now).next_revision(session, now)


def apply_note(session: Session, now: datetime) -> Session:
    """The session as it was: a note changes nothing, and stands in the history."""
    return session.next_revision(session, now)


def _mark_started(session: Session, now: datetime) -> Session:
    """A heartbeat proves that the sitting runs, unless a human has judged it already."""
    if session.status is Status.STARTED:
        return session
    return merge(
        session, Report(identifier=session.identifier, status=Status.STARTED, started_at=now)
    )


def _cleared_by_launch(hold: Hold, launch: int) -> bool:
    return hold.kind is HoldKind.DISCONNECTED and hold.launch is not None and hold.launch < launch


def _with_hold(session: Session, hold: Hold) -> Session:
    others = (open_hold for open_hold in session.holds if open_hold.kind is not hold.kind)
    return replace(
        session, holds=tuple(sorted((*others, hold), key=lambda open_hold: open_hold.kind))
    )
