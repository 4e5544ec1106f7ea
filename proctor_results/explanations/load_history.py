"""Loads what happened to a session: the reports that are stored, and the other decisions."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from heapq import merge

from proctor_results.database.connection import Database
from proctor_results.database.models import Receipt
from proctor_results.dependencies import Dependencies
from proctor_results.explanations.history import HistoryEvent, MissingReport
from proctor_results.explanations.list_decisions import list_decisions
from proctor_results.sessions.decision import Decision, DecisionSource
from proctor_results.sessions.enums import Cause, ReceiptResult
from proctor_results.sessions.model import Session
from proctor_results.sessions.report import Report
from proctor_results.vendors.base import WebhookRequest, single_report

REPORT_PAGE_SIZE = 100
"""A body may have a quarter of a megabyte."""


def load_history(deps: Dependencies, session: Session) -> Iterator[HistoryEvent]:
    """Yield what happened to the session so far. The database is read with the first event.

    Raises DatabaseUnavailable.
    """
    stored_decisions = list_decisions(deps.database, session.identifier)
    yield from history_events(deps, session, [stored.decision for stored in stored_decisions])


def history_events(
    deps: Dependencies, session: Session, past_decisions: list[Decision]
) -> Iterable[HistoryEvent]:
    """Yield the reports and decisions of the session in the order in which they happened."""
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
    for receipt in list_reports(deps.database, session.identifier):
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


def list_reports(database: Database, identifier: str) -> Iterator[Receipt]:
    """Yield the receipts whose reports were evaluated, in order. Raises DatabaseUnavailable.

    `revision` is the session's before the report. The body of a pruned receipt is empty.
    """
    query = (
        Receipt.select()
        .where(
            Receipt.identifier == identifier,
            Receipt.revision.is_null(False),
            Receipt.content_sha256.is_null(False),
            Receipt.result.in_([ReceiptResult.APPLIED, ReceiptResult.STALE]),
        )
        .order_by(Receipt.chain_position)
        .limit(REPORT_PAGE_SIZE)
    )
    after = 0
    while receipts := database.select(query.where(Receipt.chain_position > after)):
        yield from receipts
        after = receipts[-1].chain_position


def _parse_report(deps: Dependencies, session: Session, receipt: Receipt) -> Report | MissingReport:
    if receipt.pruned_at:
        return MissingReport(reason=f"the body of receipt {receipt.id} was pruned")
    vendor = deps.vendors.get(session.vendor)
    request = WebhookRequest(body=bytes(receipt.body))
    report = single_report(vendor.parse(request)) if vendor else None
    return report or MissingReport(reason=f"receipt {receipt.id} cannot be read by this version")
