"""Everything that happened to a session in one order: what came in, what was decided, what was told."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from proctor_results.dashboard.queries.session_details import (
    Attempt,
    DecisionWithReceipt,
    DeliverySummary,
    ReceiptSummary,
    SessionDetails,
)
from proctor_results.sessions.enums import Cause


class TimelineEventKind(StrEnum):
    """What kind of thing happened, in the word that is shown."""

    RECEIVED = "received"
    DECIDED = "decided"
    DELIVERED = "delivered"


@dataclass(frozen=True, kw_only=True)
class TimelineEvent:
    """`words` says it in short, `more` in full; `anchor` is where on the page the rest of it stands."""

    at: datetime
    kind: TimelineEventKind
    summary: str
    details: tuple[str, ...] = ()
    anchor: str


def build_timeline(session_details: SessionDetails) -> list[TimelineEvent]:
    """The oldest first. What happened in the same millisecond stands in the order of cause and effect."""
    timeline_events = (
        *map(_receipt_event, session_details.receipts),
        *map(_decision_event, session_details.decisions),
        *_delivery_events(session_details),
    )
    return sorted(timeline_events, key=lambda event: (event.at, _KIND_ORDER[event.kind]))


_KIND_ORDER = {kind: order for order, kind in enumerate(TimelineEventKind)}


def _receipt_event(receipt: ReceiptSummary) -> TimelineEvent:
    summary = f"{receipt.vendor} reported: {receipt.result}"
    details = (receipt.detail,) if receipt.detail else ()
    return TimelineEvent(
        at=receipt.received_at,
        kind=TimelineEventKind.RECEIVED,
        summary=summary,
        details=details,
        anchor=f"receipt-{receipt.id}",
    )


def _decision_event(decided: DecisionWithReceipt) -> TimelineEvent:
    decision = decided.decision
    act = f" ({decision.source.inputs['action']})" if "action" in decision.source.inputs else ""
    summary = (
        f"{decision.source.actor}{act}: {decision.source.note}"
        if decision.source.actor
        else _SUMMARY_BY_CAUSE.get(decision.source.cause, decision.source.cause)
    )
    anchor = f"decision-{decision.revision}"
    return TimelineEvent(
        at=decision.at,
        kind=TimelineEventKind.DECIDED,
        summary=summary,
        details=tuple(_describe_changes(decided)),
        anchor=anchor,
    )


_SUMMARY_BY_CAUSE = {
    Cause.REPORT: "after the vendor's report",
    Cause.LAUNCH: "the LMS launched the sitting",
    Cause.HEARTBEAT: "the learner's page was heard from",
    Cause.HEARTBEAT_TIMEOUT: "the learner's page fell silent",
    Cause.METRICS: "after what the learner's page measured",
    Cause.REPLAY: "after a report that was read again",
    Cause.FINALIZED: "the outcome has settled",
}


def _describe_changes(decided: DecisionWithReceipt) -> Iterator[str]:
    decision = decided.decision
    if decision.outcome is not decision.outcome_before:
        yield f"outcome {decision.outcome_before} → {decision.outcome}"
    yield from (f"locked: {hold.kind}: {hold.detail}" for hold in decision.opened)
    yield from (f"released: {hold.kind}" for hold in decision.closed)


def _delivery_events(session_details: SessionDetails) -> Iterator[TimelineEvent]:
    yield from (
        _attempt_event(delivery, attempt)
        for delivery in session_details.deliveries
        for attempt in delivery.attempts
    )


def _attempt_event(delivery: DeliverySummary, attempt: Attempt) -> TimelineEvent:
    status = f" ({attempt.status})" if attempt.status else ""
    summary = f"{delivery.topic} → {delivery.target}: {attempt.result}{status}"
    details = (attempt.detail,) if attempt.detail else ()
    return TimelineEvent(
        at=attempt.at,
        kind=TimelineEventKind.DELIVERED,
        summary=summary,
        details=details,
        anchor=f"delivery-{delivery.id}",
    )
