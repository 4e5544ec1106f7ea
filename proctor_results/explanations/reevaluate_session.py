"""What happened to a session is judged again, from nothing but what is stored."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from heapq import merge

from proctor_results.dependencies import Dependencies
from proctor_results.explanations import reports_store
from proctor_results.explanations import store as explanation_store
from proctor_results.explanations.history import HistoryEvent, MissingReport
from proctor_results.explanations.reevaluate import (
    CannotReevaluate,
    ReevaluatedEvent,
    reevaluate,
)
from proctor_results.explanations.reports_store import StoredReport
from proctor_results.explanations.store import DecisionWithReceipt
from proctor_results.policies import store as policy_store
from proctor_results.policies.model import Policy
from proctor_results.sessions.decision import Decision, DecisionSource
from proctor_results.sessions.enums import Cause
from proctor_results.sessions.model import Session
from proctor_results.sessions.report import Report
from proctor_results.vendors.base import WebhookRequest, single_report


def reevaluate_session(
    deps: Dependencies,
    session: Session,
    stored_decisions: Iterable[DecisionWithReceipt],
    policy: Policy | None = None,
) -> Iterator[ReevaluatedEvent]:
    """The session's history as its own policies judged it, or as this one would. Raises LedgerAway, CannotBeRetold."""
    policies_by_sha256 = {deps.policy.sha256: deps.policy}

    def policy_for(event: HistoryEvent) -> Policy:
        if policy is None and event.policy_sha256 not in policies_by_sha256:
            policies_by_sha256[event.policy_sha256] = _load_policy(deps, event.policy_sha256)
        return policy or policies_by_sha256[event.policy_sha256]

    past_decisions = [stored.decision for stored in stored_decisions]
    return reevaluate(
        session.identifier, session.vendor, _events(deps, session, past_decisions), policy_for
    )


def load_history(deps: Dependencies, session: Session) -> Iterator[HistoryEvent]:
    """What happened to the session so far; nothing is asked before the first step is. Raises LedgerAway."""
    past_decisions = [
        stored.decision
        for stored in explanation_store.list_for_session(deps.database, session.identifier)
    ]
    yield from _events(deps, session, past_decisions)


def _load_policy(deps: Dependencies, sha256: str) -> Policy:
    text = policy_store.load_text(deps.database, sha256)
    if text is None:
        raise CannotReevaluate(f"the policy {sha256} is not kept")
    return deps.read_policy(text)


def _events(
    deps: Dependencies, session: Session, past_decisions: list[Decision]
) -> Iterable[HistoryEvent]:
    final_after_by_revision = {
        decision.revision: _finality_window(decision) for decision in past_decisions
    }
    decision_events = (
        _event_from_decision(decision)
        for decision in past_decisions
        if decision.source.cause not in (Cause.REPORT, Cause.REPLAY)
    )
    return merge(
        _report_events(deps, session, final_after_by_revision),
        decision_events,
        key=lambda event: event.sort_key,
    )


def _finality_window(decision: Decision) -> timedelta:
    return decision.final_at - decision.at if decision.final_at else timedelta()


def _event_from_decision(decision: Decision) -> HistoryEvent:
    return HistoryEvent(
        revision=decision.revision,
        at=decision.at,
        source=decision.source,
        policy_sha256=decision.policy_sha256,
        final_after=_finality_window(decision),
    )


def _report_events(
    deps: Dependencies, session: Session, final_after_by_revision: dict[int, timedelta]
) -> Iterator[HistoryEvent]:
    newest_receipt_id = 0
    for stored_report in reports_store.list_for_session(deps.database, session.identifier):
        event = _report_event(deps, session, stored_report, final_after_by_revision)
        yield replace(
            event,
            superseded=stored_report.replay_of is not None
            and stored_report.replay_of < newest_receipt_id,
        )
        newest_receipt_id = (
            max(newest_receipt_id, stored_report.replay_of or stored_report.receipt_id)
            if stored_report.is_applied
            else newest_receipt_id
        )


def _report_event(
    deps: Dependencies,
    session: Session,
    stored_report: StoredReport,
    final_after_by_revision: dict[int, timedelta],
) -> HistoryEvent:
    revision = stored_report.base_revision + stored_report.is_applied
    return HistoryEvent(
        revision=revision,
        at=stored_report.received_at,
        source=DecisionSource(
            cause=Cause.REPORT if stored_report.replay_of is None else Cause.REPLAY
        ),
        policy_sha256=stored_report.policy_sha256,
        report=_parse_report(deps, session, stored_report),
        changed_session=stored_report.is_applied,
        final_after=final_after_by_revision.get(revision, timedelta())
        if stored_report.is_applied
        else timedelta(),
    )


def _parse_report(
    deps: Dependencies, session: Session, stored_report: StoredReport
) -> Report | MissingReport:
    if stored_report.body is None:
        return MissingReport(
            reason=f"the body of receipt {stored_report.receipt_id} is not kept any more"
        )
    vendor = deps.vendors.get(session.vendor)
    request = WebhookRequest(body=stored_report.body)
    report = single_report(vendor.parse(request)) if vendor else None
    return report or MissingReport(
        reason=f"receipt {stored_report.receipt_id} cannot be read today"
    )
