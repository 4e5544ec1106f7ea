"""Stores the receipt of one session's events in a request, with all that they change."""

from proctor_results.dependencies import Dependencies
from proctor_results.sessions.decision import ChangeSet, DecisionSource
from proctor_results.sessions.enums import Cause
from proctor_results.sessions.model import Session
from proctor_results.sessions.receipt import InboundRequest, Receipt
from proctor_results.sessions.save import build_change_set, save, save_unchained
from proctor_results.webhooks import store as webhook_store
from proctor_results.webhooks.apply_events import (
    NumberedEvents,
    apply_events,
    keep_unmatched_events,
    summarize,
)
from proctor_results.webhooks.record_report import load_context


def record_session_events(
    deps: Dependencies,
    request: InboundRequest,
    identifier: str,
    events: NumberedEvents,
    replay_of: int | None = None,
) -> Receipt:
    """Store the request in the chain of the session, with all that the events change.

    Call it in a transaction. `replay_of` is the id of the receipt that is replayed: its events
    supersede nothing that came later. Raises SessionErased and WriteConflict.
    """
    database, vendor, now = deps.database, request.vendor, request.received_at
    context = load_context(deps, identifier, None)
    superseded = bool(replay_of and webhook_store.is_superseded(database, identifier, replay_of))
    before = context.session or Session(identifier=identifier, vendor=vendor, updated_at=now)
    after, results = apply_events(deps, request, before, events, superseded=superseded)
    is_changed, (result, detail) = after is not before, summarize(results)
    receipt = Receipt(
        request=request,
        result=result,
        identifier=identifier,
        chain_head=context.chain_head,
        revision=before.revision if context.session or is_changed else None,
        policy_sha256=deps.policy.sha256,
        detail=detail,
        replay_of=replay_of,
    )
    source = DecisionSource(cause=Cause.REPLAY if replay_of else Cause.REPORT)
    change_set = build_change_set(deps, before, after, source, receipt) if is_changed else None
    save(deps, change_set or ChangeSet(receipt=receipt))
    receipt_id = webhook_store.find_id(database, identifier, context.chain_head.position + 1)
    webhook_store.insert_events(database, receipt_id, results)
    return receipt


def record_unmatched_events(
    deps: Dependencies, request: InboundRequest, events: NumberedEvents
) -> Receipt:
    """Store the request in no chain: its events name no known session. Call it in a transaction."""
    results = keep_unmatched_events(deps, request, events)
    result, detail = summarize(results)
    receipt = Receipt(request=request, result=result, detail=detail)
    webhook_store.insert_events(deps.database, save_unchained(deps, receipt), results)
    return receipt
