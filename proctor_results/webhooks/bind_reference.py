"""Binds a vendor's reference to a session, and replays what came of it before."""

from datetime import datetime

from proctor_results.dependencies import Dependencies
from proctor_results.sessions.save import ensure_policy_stored
from proctor_results.vendors.base import Parsed, Vendor, WebhookRequest, with_identifier
from proctor_results.webhooks import reference_store
from proctor_results.webhooks import store as webhook_store
from proctor_results.webhooks.apply_events import NumberedEvents
from proctor_results.webhooks.record_report import load_context
from proctor_results.webhooks.replay import replayed_request
from proctor_results.webhooks.session_events import record_session_events
from proctor_results.webhooks.store import StoredReceipt


def bind_reference(
    deps: Dependencies, vendor: str, reference: str, identifier: str, now: datetime
) -> str | None:
    """Return the identifier to which the reference is bound: the first one stays.

    None where the session belongs to another vendor: nothing changes. Earlier events with the
    reference are replayed. Raises DatabaseUnavailable and SessionErased.
    """

    def write() -> str | None:
        with deps.database.transaction():
            reference_store.lock(deps.database, vendor, [reference])
            return bind_locked_reference(deps, vendor, reference, identifier, now)

    ensure_policy_stored(deps)
    return deps.database.run_write(write)


def bind_locked_reference(
    deps: Dependencies, vendor: str, reference: str, identifier: str, now: datetime
) -> str | None:
    """Do the same in a transaction that has locked the reference."""
    session = load_context(deps, identifier, None).session
    if session and session.vendor != vendor:
        return None
    bound = reference_store.insert(deps.database, vendor, reference, identifier, now)
    if bound == identifier:
        for stored in webhook_store.list_by_reference(deps.database, vendor, reference):
            _replay(deps, stored, reference, identifier, now)
    return bound


def _replay(
    deps: Dependencies, stored: StoredReceipt, reference: str, identifier: str, now: datetime
) -> None:
    webhook_store.match_events(deps.database, stored.receipt_id, reference, identifier)
    vendor = deps.vendors.get(stored.vendor)
    if vendor is None or stored.body is None:
        return
    events = _read_events(vendor, stored.body, reference, identifier)
    if events:
        request = replayed_request(stored, stored.body, now)
        record_session_events(deps, request, identifier, events, stored.receipt_id)


def _read_events(vendor: Vendor, body: bytes, reference: str, identifier: str) -> NumberedEvents:
    parsed = vendor.parse(WebhookRequest(body=body))
    return [
        (position, with_identifier(event, identifier))
        for position, event in enumerate(parsed.events if isinstance(parsed, Parsed) else ())
        if event.vendor_reference == reference and not event.identifier
    ]
