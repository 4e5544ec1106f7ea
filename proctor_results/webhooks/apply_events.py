"""Applies the events of one session that a request carries, and says what became of each.

Incidents and control actions are kept with the result `unrecognised`: neither policies nor holds
act on them yet.
"""

from dataclasses import replace

from proctor_results.dependencies import Dependencies
from proctor_results.jobs.run_jobs import enqueue_fetch
from proctor_results.sessions.enums import ReceiptResult
from proctor_results.sessions.model import Session
from proctor_results.sessions.receipt import InboundRequest
from proctor_results.sessions.rules.apply_report import apply_report
from proctor_results.vendors.base import Event, FetchNeeded, StatusReport
from proctor_results.webhooks.store import EventResult

NumberedEvents = list[tuple[int, Event]]
"""Events with their positions in the request."""

Result = tuple[ReceiptResult, str]
"""A result, with its detail."""


def apply_events(
    deps: Dependencies,
    request: InboundRequest,
    before: Session,
    events: NumberedEvents,
    *,
    superseded: bool,
) -> tuple[Session, list[EventResult]]:
    """Apply the events in their order; together they make one revision."""
    after, results = before, []
    for position, event in events:
        after, result = _apply_event(deps, request, after, event, superseded=superseded)
        results.append(_event_result(position, event, result))
    is_changed = after is not before
    return replace(after, revision=before.revision + 1) if is_changed else before, results


def keep_unmatched_events(
    deps: Dependencies, request: InboundRequest, events: NumberedEvents
) -> list[EventResult]:
    """Return the results of events that name no known session. What they ask for is fetched."""
    unknown = ReceiptResult.UNRECOGNISED, "names no known session"
    return [
        _event_result(
            position,
            event,
            _enqueue_fetch(deps, request, event) if isinstance(event, FetchNeeded) else unknown,
        )
        for position, event in events
    ]


def summarize(results: list[EventResult]) -> Result:
    """Return the result of the first event that was applied, else of the first: the receipt's."""
    applied = [each for each in results if each.result is ReceiptResult.APPLIED]
    for event_result in [*applied, *results]:
        return event_result.result, event_result.detail
    return ReceiptResult.UNRECOGNISED, "carries no event"


def _apply_event(
    deps: Dependencies, request: InboundRequest, before: Session, event: Event, *, superseded: bool
) -> tuple[Session, Result]:
    if before.vendor != request.vendor:
        return before, (ReceiptResult.INVALID, f"the session belongs to {before.vendor}")
    if isinstance(event, FetchNeeded):
        return before, _enqueue_fetch(deps, request, event)
    if not isinstance(event, StatusReport):
        return before, (ReceiptResult.UNRECOGNISED, "this version does not act on such events")
    policy, now = deps.policy.for_session(before), request.received_at
    after = apply_report(before, event.report, policy, now, superseded=superseded)
    return after or before, (ReceiptResult.APPLIED if after else ReceiptResult.STALE, "")


def _enqueue_fetch(deps: Dependencies, request: InboundRequest, event: FetchNeeded) -> Result:
    key = event.vendor_reference or event.identifier
    if not key:
        return ReceiptResult.UNRECOGNISED, "does not say of which session to fetch"
    enqueue_fetch(deps, request.vendor, key, request.received_at)
    return ReceiptResult.APPLIED, ""


def _event_result(position: int, event: Event, result: Result) -> EventResult:
    return EventResult(position=position, event=event, result=result[0], detail=result[1])
