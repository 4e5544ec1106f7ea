"""Puts a session's receipts, decisions and delivery attempts into one order."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from proctor_results.dashboard.queries.history_store import HistoryRow
from proctor_results.dashboard.queries.session_details import SessionDetails
from proctor_results.sessions.decision import Decision
from proctor_results.sessions.enums import Cause


class TimelineEventKind(StrEnum):
    """The kind of an event, as it is shown."""

    RECEIVED = "received"
    DECIDED = "decided"
    DELIVERED = "delivered"


@dataclass(frozen=True, kw_only=True)
class TimelineEvent:
    """One line of the timeline. `anchor` is the id of the element that shows the event in full."""

    at: datetime
    kind: TimelineEventKind
    summary: str
    details: tuple[str, ...] = ()
    anchor: str


def build_timeline(session_details: SessionDetails) -> list[TimelineEvent]:
    """List all events, the oldest first; those of one millisecond by cause and effect."""
    by_cause_and_effect = (
        *map(_receipt_event, reversed(session_details.receipts)),
        *(_decision_event(entry.decision) for entry in session_details.decisions),
        *(
            _attempt_event(delivery, attempt)
            for delivery, attempts in session_details.deliveries
            for attempt in reversed(attempts)
        ),
    )
    return sorted(by_cause_and_effect, key=lambda event: event.at)


def _receipt_event(receipt: HistoryRow) -> TimelineEvent:
    return TimelineEvent(
        at=receipt.received_at,
        kind=TimelineEventKind.RECEIVED,
        summary=f"{receipt.vendor} reported: {receipt.result}",
        details=(receipt.detail,) if receipt.detail else (),
        anchor=f"receipt-{receipt.id}",
    )


def _decision_event(decision: Decision) -> TimelineEvent:
    source = decision.source
    action = f" ({source.inputs['action']})" if "action" in source.inputs else ""
    by_operator = f"{source.actor}{action}: {source.note}"
    return TimelineEvent(
        at=decision.at,
        kind=TimelineEventKind.DECIDED,
        summary=by_operator if source.actor else _SUMMARY_BY_CAUSE.get(source.cause, source.cause),
        details=tuple(_describe_changes(decision)),
        anchor=f"decision-{decision.revision}",
    )


_SUMMARY_BY_CAUSE = {
    Cause.REPORT: "after the vendor's report",
    Cause.LAUNCH: "the LMS launched the session",
    Cause.HEARTBEAT: "a heartbeat came from the exam page",
    Cause.HEARTBEAT_TIMEOUT: "no heartbeat came before the deadline",
    Cause.METRICS: "after live metrics from the exam page",
    Cause.REPLAY: "after a receipt was replayed",
    Cause.FINALIZED: "the outcome is final",
}


def _describe_changes(decision: Decision) -> Iterator[str]:
    if decision.outcome is not decision.outcome_before:
        yield f"outcome {decision.outcome_before} → {decision.outcome}"
    yield from (f"locked: {hold.kind}: {hold.detail}" for hold in decision.opened)
    yield from (f"released: {hold.kind}" for hold in decision.closed)


def _attempt_event(delivery: HistoryRow, attempt: HistoryRow) -> TimelineEvent:
    status = f" ({attempt.status})" if attempt.status else ""
    return TimelineEvent(
        at=attempt.at,
        kind=TimelineEventKind.DELIVERED,
        summary=f"{delivery.topic} → {delivery.target}: {attempt.result}{status}",
        details=(attempt.detail,) if attempt.detail else (),
        anchor=f"delivery-{delivery.id}",
    )
