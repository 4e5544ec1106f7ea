"""Reads stored receipts for a replay, and stores the events of a receipt that carries several."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

import peewee

from proctor_results.database.connection import Database
from proctor_results.database.models import Receipt, ReceiptEvent
from proctor_results.sessions.enums import ReceiptResult
from proctor_results.vendors.base import ControlAction, Event, FetchNeeded, Incident, StatusReport

PAGE_SIZE = 200
ID_STEP = 500


@dataclass(frozen=True, kw_only=True)
class StoredReceipt:
    """A receipt as it is stored; the body is None where it was pruned or erased."""

    receipt_id: int
    vendor: str
    identifier: str | None
    body: bytes | None
    sha256: str


@dataclass(frozen=True, kw_only=True)
class EventResult:
    """One event of a receipt, at its place in the request, with its result."""

    position: int
    event: Event
    result: ReceiptResult
    detail: str = ""


def get(database: Database, receipt_id: int) -> StoredReceipt | None:
    """Return the receipt with that id, unless a replay made it. Raises DatabaseUnavailable."""
    return next(iter(_load(database, _ORIGINALS.where(Receipt.id == receipt_id))), None)


def find_id(database: Database, identifier: str, chain_position: int) -> int:
    """Return the id of the receipt at that place of the session's chain."""
    is_at_place = (Receipt.identifier == identifier) & (Receipt.chain_position == chain_position)
    return int(database.select(Receipt.select(Receipt.id).where(is_at_place).tuples())[0][0])


def last_id(database: Database) -> int:
    """Return the highest id of a receipt, or 0. Raises DatabaseUnavailable."""
    query = Receipt.select(peewee.fn.COALESCE(peewee.fn.MAX(Receipt.id), 0))
    return int(database.select(query.tuples())[0][0])


def list_between(
    database: Database,
    since: datetime,
    before: datetime,
    up_to: int,
    on_progress: Callable[[int], None],
) -> Iterator[StoredReceipt]:
    """Yield the receipts of that time, except replays; `on_progress` gets the ids passed."""
    is_in_time = (Receipt.received_at >= since) & (Receipt.received_at < before)
    for after in range(0, up_to, ID_STEP):
        until = min(after + ID_STEP, up_to)
        is_in_step = (Receipt.id > after) & (Receipt.id <= until)
        yield from _load(database, _ORIGINALS.where(is_in_step & is_in_time).order_by(Receipt.id))
        on_progress(until - after)


def count_unrecognised(database: Database) -> int:
    """Return the number of receipts with an unknown status. Raises DatabaseUnavailable."""
    query = Receipt.select(peewee.fn.COUNT(Receipt.id)).where(_IS_UNRECOGNISED)
    return int(database.select(query.tuples())[0][0])


def list_unrecognised(
    database: Database, on_progress: Callable[[int], None]
) -> Iterator[StoredReceipt]:
    """Yield the receipts with an unknown status; `on_progress` gets the number of each page."""
    query, after = _ORIGINALS.where(_IS_UNRECOGNISED).order_by(Receipt.id).limit(PAGE_SIZE), 0
    while page := _load(database, query.where(Receipt.id > after)):
        yield from page
        on_progress(len(page))
        after = page[-1].receipt_id


def list_by_reference(database: Database, vendor: str, reference: str) -> list[StoredReceipt]:
    """List the receipts, oldest first, with unrecognised events of a reference of no session."""
    is_unmatched = (ReceiptEvent.vendor_reference == reference) & ReceiptEvent.identifier.is_null()
    receipt_ids = ReceiptEvent.select(ReceiptEvent.receipt).where(
        is_unmatched, ReceiptEvent.result == peewee.SQL("'unrecognised'")
    )
    is_of_vendor = (Receipt.vendor == vendor) & Receipt.id.in_(receipt_ids)
    return _load(database, _ORIGINALS.where(is_of_vendor).order_by(Receipt.id))


def match_events(database: Database, receipt_id: int, reference: str, identifier: str) -> None:
    """Say of which session the receipt's events with that reference are."""
    is_unmatched = (ReceiptEvent.vendor_reference == reference) & ReceiptEvent.identifier.is_null()
    database.change(
        ReceiptEvent.update(identifier=identifier).where(
            is_unmatched, ReceiptEvent.receipt == receipt_id
        )
    )


def is_superseded(database: Database, identifier: str, receipt_id: int) -> bool:
    """Whether a report that arrived after that receipt was applied. Raises DatabaseUnavailable.

    A receipt that a replay made arrived when the original did.
    """
    is_applied = (Receipt.identifier == identifier) & (
        Receipt.result == peewee.SQL("'applied'")  # a literal: the index is partial
    )
    arrived = peewee.fn.COALESCE(Receipt.replay_of, Receipt.id)
    is_later_report = Receipt.content_sha256.is_null(False) & (arrived > receipt_id)
    query = Receipt.select(Receipt.id).where(is_applied & is_later_report).limit(1)
    return bool(database.select(query.tuples()))


def insert_events(database: Database, receipt_id: int, results: Iterable[EventResult]) -> None:
    """Store the events of a receipt that carries several. Call it in the receipt's transaction."""
    rows = [
        {
            "receipt": receipt_id,
            "position": result.position,
            "kind": _KINDS[type(result.event)],
            "identifier": result.event.identifier,
            "vendor_reference": result.event.vendor_reference,
            "content_sha256": result.event.report.content_sha256
            if isinstance(result.event, StatusReport)
            else None,
            "result": result.result,
            "detail": result.detail,
        }
        for result in results
    ]
    if rows:
        database.change(ReceiptEvent.insert_many(rows))


def _load(database: Database, query: "peewee.ModelSelect[Receipt]") -> list[StoredReceipt]:
    return [
        StoredReceipt(
            receipt_id=row.id,
            vendor=row.vendor,
            identifier=row.identifier,
            body=None if row.pruned_at or row.erased_at else bytes(row.body),
            sha256=row.body_sha256,
        )
        for row in database.select(query)
    ]


_KINDS: dict[type, str] = {
    StatusReport: "status_report",
    Incident: "incident",
    ControlAction: "control_action",
    FetchNeeded: "fetch_needed",
}
_ORIGINALS = Receipt.select(
    Receipt.id,
    Receipt.vendor,
    Receipt.identifier,
    Receipt.body,
    Receipt.body_sha256,
    Receipt.pruned_at,
    Receipt.erased_at,
).where(Receipt.replay_of.is_null())
_IS_UNRECOGNISED = Receipt.result == peewee.SQL("'unrecognised'")  # a literal: the index is partial
