"""Tells a session's history again, step by step, from what is stored of it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from proctor_results.explanations.history import HistoryEvent, MissingReport, findings_in
from proctor_results.heartbeats.timeout import timeout_reason_from_seconds
from proctor_results.policies.model import Policy
from proctor_results.sessions.decision import Decision
from proctor_results.sessions.enums import Cause, HoldKind, OperatorAction, Outcome
from proctor_results.sessions.model import Override, Session
from proctor_results.sessions.report import Report
from proctor_results.sessions.rules.apply_report import apply_live_findings, apply_report
from proctor_results.sessions.rules.decide import build_decision, finalize, start_finality_window
from proctor_results.sessions.rules.transitions import (
    apply_launch,
    apply_note,
    apply_override,
    apply_release,
    disconnect,
    place_manual_hold,
    policy_changed_by_launch,
    remove_override,
    start_from_heartbeat,
)


class CannotReevaluate(Exception):  # noqa: N818  # it reads as what it is
    """Something that is needed is not kept any more, or reads differently today."""


@dataclass(frozen=True, kw_only=True)
class ReevaluatedEvent:
    """The session after a step, and what was decided by it."""

    event: HistoryEvent
    session: Session
    decision: Decision | None


PolicyLookup = Callable[[HistoryEvent], Policy]


def reevaluate(
    identifier: str, vendor: str, events: Iterable[HistoryEvent], policy_for: PolicyLookup
) -> Iterator[ReevaluatedEvent]:
    """What follows from each step if that policy judges it; `steps` in their order. Raises CannotBeRetold."""
    session: Session | None = None
    earlier_events: list[HistoryEvent] = []
    for event in events:
        if isinstance(event.report, MissingReport):
            raise CannotReevaluate(event.report.reason)
        policy = policy_for(event)
        before = session or Session(identifier=identifier, vendor=vendor, updated_at=event.at)
        evaluated = _apply_event(before, event, policy, earlier_events)
        session = replace(
            start_finality_window(before, evaluated or before, event.final_after),
            revision=event.revision,
        )
        new_decision = (
            build_decision(before, session, policy.sha256, event.source) if evaluated else None
        )
        earlier_events.append(event)
        yield ReevaluatedEvent(event=event, session=session, decision=new_decision)


def _apply_event(
    session: Session, event: HistoryEvent, policy: Policy, earlier_events: Iterable[HistoryEvent]
) -> Session | None:
    """Nothing but a launch looks back."""
    if event.source.cause is Cause.LAUNCH:
        return _apply_launch(session, event, policy, earlier_events)
    return _BY_CAUSE[event.source.cause](session, event, policy)


def _apply_launch(
    session: Session, event: HistoryEvent, policy: Policy, earlier_events: Iterable[HistoryEvent]
) -> Session:
    lms_attributes: Any = event.source.inputs["lms_attributes"]
    new_policy = policy_changed_by_launch(session, lms_attributes, policy)
    findings = findings_in(earlier_events, new_policy, session.findings) if new_policy else None
    return apply_launch(session, lms_attributes, policy, event.at, findings)


def _apply_report(session: Session, event: HistoryEvent, policy: Policy) -> Session | None:
    if not isinstance(event.report, Report):
        return None
    return apply_report(
        session, event.report, policy.for_session(session), event.at, superseded=event.superseded
    )


def _start_from_heartbeat(session: Session, event: HistoryEvent, policy: Policy) -> Session:
    inputs: Any = event.source.inputs
    return start_from_heartbeat(session, inputs["launch"], inputs["ids"], policy, event.at)


def _disconnect(session: Session, event: HistoryEvent, policy: Policy) -> Session:
    inputs: Any = event.source.inputs
    return disconnect(
        session,
        inputs["launch"],
        timeout_reason_from_seconds(inputs["value"], inputs["limit"]),
        event.at,
    )


def _apply_live_metrics(session: Session, event: HistoryEvent, policy: Policy) -> Session | None:
    exam_policy = policy.for_session(session)
    return apply_live_findings(
        session, exam_policy.live_findings(event.live_metrics), exam_policy, event.at
    )


def _apply_operator_action(session: Session, event: HistoryEvent, policy: Policy) -> Session | None:
    return _BY_OPERATOR_ACTION[OperatorAction(str(event.source.inputs["action"]))](
        session, event, policy
    )


def _finalize(session: Session, event: HistoryEvent, policy: Policy) -> Session:
    return finalize(session, event.at)


def _place_manual_hold(session: Session, event: HistoryEvent, policy: Policy) -> Session:
    return place_manual_hold(session, f"{event.source.actor}: {event.source.note}", event.at)


def _apply_release(session: Session, event: HistoryEvent, policy: Policy) -> Session | None:
    kind = HoldKind(str(event.source.inputs["hold"]))
    return (
        apply_release(session, kind, policy.for_session(session), event.at)
        if session.open_hold(kind)
        else None
    )


def _apply_note(session: Session, event: HistoryEvent, policy: Policy) -> Session:
    return apply_note(session, event.at)


def _apply_override(session: Session, event: HistoryEvent, policy: Policy) -> Session:
    outcome = Outcome(str(event.source.inputs["outcome"]))
    override = Override(
        outcome=outcome, actor=str(event.source.actor), reason=str(event.source.note), at=event.at
    )
    return apply_override(session, override, policy.for_session(session), event.at)


def _remove_override(session: Session, event: HistoryEvent, policy: Policy) -> Session:
    return remove_override(session, policy.for_session(session), event.at)


Reevaluation = Callable[[Session, HistoryEvent, Policy], Session | None]

_BY_CAUSE: Mapping[Cause, Reevaluation] = {
    Cause.REPORT: _apply_report,
    Cause.REPLAY: _apply_report,
    Cause.HEARTBEAT: _start_from_heartbeat,
    Cause.HEARTBEAT_TIMEOUT: _disconnect,
    Cause.METRICS: _apply_live_metrics,
    Cause.OPERATOR: _apply_operator_action,
    Cause.FINALIZED: _finalize,
}
_BY_OPERATOR_ACTION: Mapping[OperatorAction, Reevaluation] = {
    OperatorAction.HOLD: _place_manual_hold,
    OperatorAction.RELEASE: _apply_release,
    OperatorAction.NOTE: _apply_note,
    OperatorAction.OVERRIDE: _apply_override,
    OperatorAction.WITHDRAW_OVERRIDE: _remove_override,
}
