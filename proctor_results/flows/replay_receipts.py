"""A stored receipt is fed through again, as today's translator reads it and today's rules judge it."""

from collections.abc import Mapping
from datetime import datetime

from proctor_results.domain.receipt import Request
from proctor_results.domain.report import Report
from proctor_results.domain.words import ReceiptVerdict
from proctor_results.flows.enter import is_written, keep_policy, until
from proctor_results.flows.house import House
from proctor_results.flows.record_report import report_entry
from proctor_results.store.receipts import Stored
from proctor_results.vendors.base import Unrecognised, Vendor

Vendors = Mapping[str, Vendor]

BY_NOBODY = "replay"
"""Instead of the name of a key: nobody has sent this."""


def replay_receipt(house: House, vendors: Vendors, stored: Stored, now: datetime, *, dry_run: bool = False) -> str:
    """What becomes of it today: a verdict, or why it has none. Raises LedgerAway.

    Only what is applied is written: a new receipt that names the old one, with the decision that follows. Done again,
    it is a duplicate. It is as old as it was: nothing that came later is overruled.
    """
    if stored.body is None:
        return "pruned or erased"
    if stored.vendor not in vendors:
        return "not a vendor's"
    reading = vendors[stored.vendor].read(stored.body)
    if not isinstance(reading, Report):
        unread = ReceiptVerdict.UNRECOGNISED if isinstance(reading, Unrecognised) else ReceiptVerdict.INVALID
        return unread.value
    return _verdict(house, _request(stored, stored.body, now), reading, stored.number, dry_run=dry_run).value


def _request(stored: Stored, body: bytes, now: datetime) -> Request:
    return Request(vendor=stored.vendor, received_at=now, key_id=BY_NOBODY, headers={}, body=body, sha256=stored.sha256)


def _verdict(house: House, request: Request, report: Report, number: int, *, dry_run: bool) -> ReceiptVerdict:
    def write() -> ReceiptVerdict | None:
        decided = report_entry(house, request, report, number)
        verdict = decided.receipt.verdict if decided.receipt else ReceiptVerdict.INVALID
        if decided.session is None or dry_run:
            return verdict
        return verdict if is_written(house, decided) else None

    if not dry_run:
        keep_policy(house)
    return until(lambda: house.ledger.enter(write))
