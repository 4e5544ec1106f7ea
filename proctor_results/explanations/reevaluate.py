"""Applies a session's stored history again, event by event."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from proctor_results.explanations.history import HistoryEvent, MissingReport, findings_in
from proctor_results.heartbeats.timeout import timeout_reason_from_seconds
from proctor_results.policies.model import Policy
from proctor_results.sessions.decision import Decision
from proctor_results.sessions.enums import Cause
from proctor_results.sessions.model import Session
from proctor_results.sessions.report import Report
from proctor_results.sessions.rules.apply_report import apply_live_findings, apply_report
from proctor_results.sessions.rules.decide import build_decision, finalize, start_finality_window
from proctor_results.sessions.rules.transitions import (
    apply_launch,
    apply_operator_action,
    disconnect,
    policy_changed_by_launch,
    start_from_heartbeat,
)


class CannotReevaluate(Exception):  # noqa: N818  # it reads as what it is
    """Something that is needed is not stored any more, or cannot be read by this version."""


@dataclass(frozen=True, kw_only=True)
class ReevaluatedEvent:
    """The session after an event, and the decision that the event led to."""

    event: HistoryEvent
    session: Session
    decision: Decision | None


PolicyLookup = Callable[[HistoryEvent], Policy]


def reevaluate(
    identifier: str, vendor: str, events: Iterable[HistoryEvent], policy_for: PolicyLookup
) -> Iterator[ReevaluatedEvent]:
    """Yield the result of each event under the policy that `policy_for` returns for it.

    Raises CannotReevaluate.
    """
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
    if event.source.cause is Cause.LAUNCH:
        lms_attributes: Any = event.source.inputs["lms_attributes"]
        new_policy = policy_changed_by_launch(session, lms_attributes, policy)
        findings = findings_in(earlier_events, new_policy, session.findings) if new_policy else None
        return apply_launch(session, lms_attributes, policy, event.at, findings)
    return _BY_CAUSE[event.source.cause](session, event, policy)


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
    reason = timeout_reason_from_seconds(inputs["value"], inputs["limit"])
    return disconnect(session, inputs["launch"], reason, event.at)


def _apply_live_metrics(session: Session, event: HistoryEvent, policy: Policy) -> Session | None:
    exam_policy = policy.for_session(session)
    findings = exam_policy.live_findings(event.live_metrics)
    return apply_live_findings(session, findings, exam_policy, event.at)


def _apply_operator_action(session: Session, event: HistoryEvent, policy: Policy) -> Session | None:
    return apply_operator_action(session, event.source, policy.for_session(session), event.at)


_BY_CAUSE: Mapping[Cause, Callable[[Session, HistoryEvent, Policy], Session | None]] = {
    Cause.REPORT: _apply_report,
    Cause.REPLAY: _apply_report,
    Cause.HEARTBEAT: _start_from_heartbeat,
    Cause.HEARTBEAT_TIMEOUT: _disconnect,
    Cause.METRICS: _apply_live_metrics,
    Cause.OPERATOR: _apply_operator_action,
    Cause.FINALIZED: lambda session, event, _: finalize(session, event.at),
}
