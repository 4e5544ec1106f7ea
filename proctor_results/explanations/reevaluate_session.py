"""Evaluates a session again, from nothing but what is stored."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from heapq import merge

from proctor_results.database.models import Receipt
from proctor_results.dependencies import Dependencies
from proctor_results.explanations import store as explanation_store
from proctor_results.explanations.history import HistoryEvent, MissingReport
from proctor_results.explanations.reevaluate import (
    CannotReevaluate,
    ReevaluatedEvent,
    reevaluate,
)
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
    """Evaluate the session's history by the policies of that time, or by `policy`.

    Raises DatabaseUnavailable and CannotReevaluate.
    """
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
    """Yield what happened to the session so far. The database is read with the first event.

    Raises DatabaseUnavailable.
    """
    stored_decisions = explanation_store.list_for_session(deps.database, session.identifier)
    yield from _events(deps, session, [stored.decision for stored in stored_decisions])


def _load_policy(deps: Dependencies, sha256: str) -> Policy:
    text = policy_store.load_text(deps.database, sha256)
    if text is None:
        raise CannotReevaluate(f"the policy {sha256} is not stored")
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
    for receipt in explanation_store.list_reports(deps.database, session.identifier):
        is_replay, is_applied = receipt.replay_of is not None, receipt.result == "applied"
        receipt_id = receipt.replay_of or receipt.id
        revision = (receipt.revision or 0) + is_applied
        yield HistoryEvent(
            revision=revision,
            at=receipt.received_at,
            source=DecisionSource(cause=Cause.REPLAY if is_replay else Cause.REPORT),
            policy_sha256=receipt.policy_sha256 or "",
            report=_parse_report(deps, session, receipt),
            changed_session=is_applied,
            superseded=is_replay and receipt_id < newest_receipt_id,
            final_after=final_after_by_revision.get(revision, timedelta())
            if is_applied
            else timedelta(),
        )
        if is_applied:
            newest_receipt_id = max(newest_receipt_id, receipt_id)


def _parse_report(deps: Dependencies, session: Session, receipt: Receipt) -> Report | MissingReport:
    if receipt.pruned_at:
        return MissingReport(reason=f"the body of receipt {receipt.id} was pruned")
    vendor = deps.vendors.get(session.vendor)
    request = WebhookRequest(body=bytes(receipt.body))
    report = single_report(vendor.parse(request)) if vendor else None
    return report or MissingReport(reason=f"receipt {receipt.id} cannot be read by this version")
