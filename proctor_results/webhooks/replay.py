"""A stored receipt is fed through again, as today's translator reads it and today's rules judge it."""

from collections.abc import Mapping
from datetime import datetime

from proctor_results.dependencies import Dependencies
from proctor_results.sessions.commit import (
    ensure_policy_stored,
    retry_on_conflict,
    try_save,
)
from proctor_results.sessions.enums import ReceiptResult
from proctor_results.sessions.receipt import InboundRequest
from proctor_results.sessions.report import Report
from proctor_results.vendors.base import Unrecognised, Vendor, WebhookRequest, single_report
from proctor_results.webhooks.record_report import build_report_change
from proctor_results.webhooks.store import StoredReceipt

Vendors = Mapping[str, Vendor]

REPLAY_KEY_ID = "replay"
"""Instead of the name of a key: nobody has sent this."""


def replay_receipt(
    deps: Dependencies,
    vendors: Vendors,
    stored_receipt: StoredReceipt,
    now: datetime,
    *,
    dry_run: bool = False,
) -> str:
    """What becomes of it today: a verdict, or why it has none. Raises LedgerAway.

    Only what is applied is written: a new receipt that names the old one, with the decision that follows. Done again,
    it is a duplicate. It is as old as it was: nothing that came later is overruled.
    """
    if stored_receipt.body is None:
        return "pruned or erased"
    if stored_receipt.vendor not in vendors:
        return "not a vendor's"
    parsed = vendors[stored_receipt.vendor].parse(WebhookRequest(body=stored_receipt.body))
    report = single_report(parsed)
    if report is None:
        result = (
            ReceiptResult.UNRECOGNISED
            if isinstance(parsed, Unrecognised)
            else ReceiptResult.INVALID
        )
        return result.value
    return _replay_report(
        deps,
        _to_request(stored_receipt, stored_receipt.body, now),
        report,
        stored_receipt.receipt_id,
        dry_run=dry_run,
    ).value


def _to_request(stored_receipt: StoredReceipt, body: bytes, now: datetime) -> InboundRequest:
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
    def try_replay() -> ReceiptResult | None:
        change_set = build_report_change(deps, request, report, receipt_id)
        result = change_set.receipt.result if change_set.receipt else ReceiptResult.INVALID
        if change_set.session is None or dry_run:
            return result
        return result if try_save(deps, change_set) else None

    if not dry_run:
        ensure_policy_stored(deps)
    return retry_on_conflict(lambda: deps.database.run_write(try_replay))
