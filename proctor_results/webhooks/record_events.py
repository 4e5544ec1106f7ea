"""Records a request that carries several events: one row for each, one receipt per session."""

from collections import defaultdict

from proctor_results.dependencies import Dependencies
from proctor_results.sessions.receipt import InboundRequest, Receipt
from proctor_results.sessions.save import ensure_policy_stored
from proctor_results.vendors.base import (
    Event,
    Parsed,
    ParseResult,
    single_report,
    with_identifier,
)
from proctor_results.webhooks import reference_store
from proctor_results.webhooks.apply_events import NumberedEvents
from proctor_results.webhooks.bind_reference import bind_locked_reference
from proctor_results.webhooks.record_report import record_report
from proctor_results.webhooks.session_events import (
    record_session_events,
    record_unmatched_events,
)


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

    Events of no known session are kept with a receipt of none. An event with identifier and
    reference binds them. Raises DatabaseUnavailable, and SessionErased for any of the sessions.
    """

    def write() -> list[Receipt]:
        with deps.database.transaction():
            bound = _find_identifiers(deps, request, parsed)
            receipts = _record_each_session(deps, request, parsed, bound)
            _bind_new_references(deps, request, parsed, bound)
        return receipts

    ensure_policy_stored(deps)
    return deps.database.run_write(write)


def _find_identifiers(
    deps: Dependencies, request: InboundRequest, parsed: Parsed
) -> dict[str, str]:
    """Lock the references of the events; return the identifiers of those that are known."""
    references = {event.vendor_reference for event in parsed.events if event.vendor_reference}
    if not references:
        return {}
    reference_store.lock(deps.database, request.vendor, references)
    return reference_store.find_identifiers(deps.database, request.vendor, references)


def _record_each_session(
    deps: Dependencies, request: InboundRequest, parsed: Parsed, bound: dict[str, str]
) -> list[Receipt]:
    """Take the sessions in one order, so that two requests that name the same do not deadlock."""
    by_session = defaultdict[str, NumberedEvents](list)
    for position, event in enumerate(_match(event, bound) for event in parsed.events):
        by_session[event.identifier or ""].append((position, event))
    unmatched = by_session.pop("", [])
    receipts = [record_session_events(deps, request, *each) for each in sorted(by_session.items())]
    if unmatched or not receipts:
        receipts.append(record_unmatched_events(deps, request, unmatched))
    return receipts


def _bind_new_references(
    deps: Dependencies, request: InboundRequest, parsed: Parsed, bound: dict[str, str]
) -> None:
    vendor, now = request.vendor, request.received_at
    for event in parsed.events:
        reference = event.vendor_reference
        if event.identifier and reference and reference not in bound:
            bind_locked_reference(deps, vendor, reference, event.identifier, now)


def _match(event: Event, bound: dict[str, str]) -> Event:
    identifier = bound.get(event.vendor_reference or "")
    return with_identifier(event, identifier) if identifier and not event.identifier else event
