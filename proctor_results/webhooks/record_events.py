"""Records a request that carries several events: one row for each, one receipt per session."""

from collections import defaultdict
from dataclasses import replace

from proctor_results.dependencies import Dependencies
from proctor_results.sessions.decision import ChangeSet, DecisionSource
from proctor_results.sessions.enums import Cause, ReceiptResult
from proctor_results.sessions.model import Session
from proctor_results.sessions.receipt import InboundRequest, Receipt
from proctor_results.sessions.rules.apply_report import apply_report
from proctor_results.sessions.save import (
    build_change_set,
    ensure_policy_stored,
    save,
    save_unchained,
)
from proctor_results.vendors.base import Event, Parsed, ParseResult, StatusReport, single_report
from proctor_results.webhooks import store as webhook_store
from proctor_results.webhooks.record_report import load_context, record_report
from proctor_results.webhooks.store import EventResult

NumberedEvents = list[tuple[int, Event]]


def record_request(
    deps: Dependencies, request: InboundRequest, parsed: ParseResult
) -> list[Receipt]:
    """Store the request with all that it changes, or nothing; return its receipts.

    Raises DatabaseUnavailable, and SessionErased where nothing may be stored.
    """
    if isinstance(parsed, Parsed) and not single_report(parsed):
        return record_events(deps, request, parsed)
    return [record_report(deps, request, parsed)]


def record_events(deps: Dependencies, request: InboundRequest, parsed: Parsed) -> list[Receipt]:
    """Store the request once in the chain of each session that its events name.

    Events that name no session known by identifier are kept with a receipt of no session. All is
    stored, or nothing. Raises DatabaseUnavailable, and SessionErased for any of the sessions.
    """
    events_by_session = defaultdict[str | None, NumberedEvents](list)
    if not parsed.events:
        events_by_session[None] = []
    for position, event in enumerate(parsed.events):
        events_by_session[event.identifier].append((position, event))

    def write() -> list[Receipt]:
        with deps.database.transaction():
            return [
                _record_session(deps, request, identifier, events)
                for identifier, events in sorted(events_by_session.items(), key=_session_order)
            ]

    ensure_policy_stored(deps)
    return deps.database.run_write(write)


def _session_order(item: tuple[str | None, NumberedEvents]) -> str:
    """Sort sessions, so that two requests that name the same ones cannot deadlock."""
    return item[0] or ""


def _record_session(
    deps: Dependencies, request: InboundRequest, identifier: str | None, events: NumberedEvents
) -> Receipt:
    if identifier is None:
        return _record_without_session(deps, request, events)
    context, now = load_context(deps, identifier, None), request.received_at
    before = context.session or Session(
        identifier=identifier, vendor=request.vendor, updated_at=now
    )
    after, results = _apply_events(deps, request, before, events)
    is_changed = after is not before
    receipt = Receipt(
        request=request,
        result=ReceiptResult.APPLIED if is_changed else results[0].result,
        identifier=identifier,
        chain_head=context.chain_head,
        revision=before.revision if context.session or is_changed else None,
        policy_sha256=deps.policy.sha256,
        detail="" if is_changed else results[0].detail,
    )
    source = DecisionSource(cause=Cause.REPORT)
    change_set = build_change_set(deps, before, after, source, receipt) if is_changed else None
    save(deps, change_set or ChangeSet(receipt=receipt))
    receipt_id = webhook_store.find_id(deps.database, identifier, context.chain_head.position + 1)
    webhook_store.insert_events(deps.database, receipt_id, results)
    return receipt


def _record_without_session(
    deps: Dependencies, request: InboundRequest, events: NumberedEvents
) -> Receipt:
    result, detail = ReceiptResult.UNRECOGNISED, "names no known session"
    receipt = Receipt(request=request, result=result, detail=detail)
    results = [
        EventResult(position=position, event=event, result=result, detail=detail)
        for position, event in events
    ]
    webhook_store.insert_events(deps.database, save_unchained(deps, receipt), results)
    return receipt


def _apply_events(
    deps: Dependencies, request: InboundRequest, before: Session, events: NumberedEvents
) -> tuple[Session, list[EventResult]]:
    """Apply the events in their order; together they make one revision of the session."""
    policy, after, results = deps.policy.for_session(before), before, []
    for position, event in events:
        result, detail = ReceiptResult.UNRECOGNISED, "this version does not act on such events"
        if before.vendor != request.vendor:
            result, detail = ReceiptResult.INVALID, f"the session belongs to {before.vendor}"
        elif isinstance(event, StatusReport):
            applied = apply_report(after, event.report, policy, request.received_at)
            result, detail = ReceiptResult.APPLIED if applied else ReceiptResult.STALE, ""
            after = applied or after
        results.append(EventResult(position=position, event=event, result=result, detail=detail))
    if after is not before:
        after = replace(after, revision=before.revision + 1)
    return after, results
