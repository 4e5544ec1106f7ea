"""Replays a stored receipt: today's parser reads it again, and today's rules evaluate it."""

from collections.abc import Mapping
from datetime import datetime

from proctor_results.dependencies import Dependencies
from proctor_results.sessions.enums import ReceiptResult
from proctor_results.sessions.receipt import InboundRequest
from proctor_results.sessions.report import Report
from proctor_results.sessions.save import ensure_policy_stored, save
from proctor_results.vendors.base import Parsed, Vendor, WebhookRequest, single_report
from proctor_results.webhooks import store as webhook_store
from proctor_results.webhooks.record_report import decide, load_context, unparsed_result
from proctor_results.webhooks.store import StoredReceipt

Vendors = Mapping[str, Vendor]

REPLAY_KEY_ID = "replay"
"""Stands in place of a key's id: this request was not sent."""


def replay_receipt(
    deps: Dependencies,
    vendors: Vendors,
    stored_receipt: StoredReceipt,
    now: datetime,
    *,
    dry_run: bool = False,
) -> str:
    """Return the receipt's result today, or why it has none. Raises DatabaseUnavailable.

    Only what is applied is written: a new receipt that names the old one, with the decision that
    follows. A second replay of it is a duplicate. It keeps its old place in time: it supersedes
    nothing that came later.
    """
    if stored_receipt.body is None:
        return "pruned or erased"
    if stored_receipt.vendor not in vendors:
        return "not a vendor's"
    parsed = vendors[stored_receipt.vendor].parse(WebhookRequest(body=stored_receipt.body))
    report = single_report(parsed)
    if report is None:
        return "several events" if isinstance(parsed, Parsed) else unparsed_result(parsed).value
    request = replayed_request(stored_receipt, stored_receipt.body, now)
    return _replay_report(deps, request, report, stored_receipt.receipt_id, dry_run=dry_run).value


def replayed_request(stored_receipt: StoredReceipt, body: bytes, now: datetime) -> InboundRequest:
    """Return the stored request as if it arrived now, from no sender."""
    return InboundRequest(
        vendor=stored_receipt.vendor,
        received_at=now,
        key_id=REPLAY_KEY_ID,
        headers={},
        body=body,
        body_sha256=stored_receipt.sha256,
    )


def _replay_report(
    deps: Dependencies, request: InboundRequest, report: Report, receipt_id: int, *, dry_run: bool
) -> ReceiptResult:
    def write() -> ReceiptResult:
        context = load_context(deps, report.identifier, report.content_sha256)
        superseded = webhook_store.is_superseded(deps.database, report.identifier, receipt_id)
        change_set = decide(deps, request, report, context, receipt_id, superseded=superseded)
        if change_set.session and not dry_run:
            save(deps, change_set)
        return change_set.receipt.result if change_set.receipt else ReceiptResult.INVALID

    if not dry_run:
        ensure_policy_stored(deps)
    return deps.database.run_write(write)
