"""Empties everything personal of sessions; the digests of their evidence stay."""

import re
import secrets
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import peewee

from proctor_results.database.connection import Database
from proctor_results.database.models import (
    Attempt,
    Decision,
    Delivery,
    Erasure,
    HeartbeatState,
    Job,
    Receipt,
    ReceiptEvent,
    RecentLiveMetrics,
    Session,
    SessionReference,
    Target,
)
from proctor_results.database.statement import Statement
from proctor_results.evidence.hash_chain import chain_start
from proctor_results.retention.prune_store import IS_PENDING
from proctor_results.sessions.enums import ReceiptResult

ALIAS_PREFIX = "erased-"
"""Receipts get a random name with this prefix for the identifier, which may name the learner."""
_PAGE_SIZE = 200


def list_sessions_of(database: Database, student: str) -> list[str]:
    """Return the identifiers of a learner's sessions."""
    query = Session.select(Session.identifier).where(Session.student == student)
    return [identifier for (identifier,) in database.select(query.order_by(Session.id).tuples())]


def find_unmatched_receipts(database: Database, text: str) -> Iterator[tuple[int, str | None]]:
    """Yield id and identifier of receipts without a session whose body contains a text.

    The text is found as it is, and as JSON escapes it.
    """
    for result in ReceiptResult.UNRECOGNISED, ReceiptResult.INVALID:
        after = 0
        while page := database.fetch(
            _UNMATCHED_RECEIPTS, result=result, after=after, limit=_PAGE_SIZE
        ):
            yield from (row[:2] for row in page if _contains(bytes(row[2]), text))
            after = page[-1][0]


def exists(database: Database, identifier: str) -> bool:
    """Return whether there is a session or a receipt with this identifier."""
    return any(
        database.select(model.select(model.id).where(model.identifier == identifier).limit(1))
        for model in (Session, Receipt)
    )


def count_pending(database: Database, identifier: str) -> int:
    """Return how many messages about the session its targets do not have yet."""
    query = Delivery.select(Delivery.id).where(
        Delivery.session.in_(_sessions([identifier])), IS_PENDING
    )
    return len(database.select(query))


def open_hold_kinds(database: Database, identifier: str) -> str:
    """Return the kinds of the session's open holds, separated by commas."""
    query = Session.select(Session.open_hold_kinds).where(Session.identifier == identifier)
    return "".join(kinds for (kinds,) in database.select(query.tuples()))


def erase(database: Database, identifiers: Sequence[str], actor: str, now: datetime) -> int:
    """Empty or delete everything about these sessions; return how many receipts they had.

    What is left of an identifier is a digest, by which a later report about it is refused. Call it
    in a transaction.
    """
    receipt_count = sum(_erase_receipts(database, identifier, now) for identifier in identifiers)
    sessions = _sessions(identifiers)
    deliveries = Delivery.select(Delivery.id).where(Delivery.session.in_(sessions))
    answers = Attempt.select(Attempt.detail).where(Attempt.delivery.in_(deliveries))
    for query in (
        Target.update(detail="").where(Target.detail.in_(answers)),
        Decision.update(**_ERASED_DECISION, erased_at=now).where(Decision.session.in_(sessions)),
        peewee.ModelDelete(Attempt).where(Attempt.delivery.in_(deliveries)),
        peewee.ModelDelete(Delivery).where(Delivery.session.in_(sessions)),
        peewee.ModelDelete(HeartbeatState).where(HeartbeatState.identifier.in_(identifiers)),
        peewee.ModelDelete(RecentLiveMetrics).where(RecentLiveMetrics.identifier.in_(identifiers)),
        peewee.ModelDelete(SessionReference).where(SessionReference.identifier.in_(identifiers)),
        peewee.ModelDelete(Session).where(Session.identifier.in_(identifiers)),
        _record_erasure(identifiers, actor, now),
    ):
        database.change(query)
    return receipt_count


def erase_unmatched_receipt(database: Database, receipt_id: int, now: datetime) -> None:
    """Empty a receipt that names no session, and its events."""
    database.change(_EMPTY_EVENTS.where(ReceiptEvent.receipt == receipt_id))
    database.change(
        Receipt.update(**_ERASED_RECEIPT, erased_at=now).where(Receipt.id == receipt_id)
    )


def truncate_wal(database: Database) -> None:
    """Remove erased rows from SQLite's journal too, unless another process is reading it.

    On PostgreSQL autovacuum reuses the space of old rows.
    """
    if database.is_sqlite:
        database.fetch(_TRUNCATE_WAL)


def is_erased(database: Database, identifier: str) -> bool:
    """Return whether a session with this identifier was erased."""
    digest = chain_start(identifier).record_sha256
    query = Erasure.select(Erasure.at).where(Erasure.identifier_sha256 == digest)
    return bool(database.select(query))


def _erase_receipts(database: Database, identifier: str, now: datetime) -> int:
    """Empty the receipts of a session, and its events in the receipts of other sessions."""
    alias = f"{ALIAS_PREFIX}{secrets.token_hex(8)}"
    event_ids, receipt_ids = _erase_references(database, identifier)
    is_own = Receipt.identifier == identifier
    is_shared = Receipt.id.in_(receipt_ids)
    own_receipts = Receipt.select(Receipt.id).where(is_own)
    erased = Receipt.update(**_ERASED_RECEIPT, erased_at=now)
    for query in (
        _EMPTY_EVENTS.where(
            ReceiptEvent.receipt.in_(own_receipts), ReceiptEvent.identifier.is_null()
        ),
        _EMPTY_EVENTS.where(ReceiptEvent.id.in_(event_ids)),
        ReceiptEvent.update(identifier=alias).where(ReceiptEvent.identifier == identifier),
        erased.where(is_shared, Receipt.identifier.is_null()),
        Receipt.update(body=b"", pruned_at=now).where(is_shared, ~is_own, Receipt.body != b""),
    ):
        database.change(query)
    return database.change(erased.where(is_own)) and database.change(
        Receipt.update(identifier=alias).where(is_own)
    )


def _erase_references(database: Database, identifier: str) -> tuple[list[int], list[int]]:
    """Delete the session's jobs; return the ids of events about it, and of their receipts.

    Jobs and events name it by its identifier or by a vendor's reference.
    """
    is_about_it, is_own_job = ReceiptEvent.identifier == identifier, Job.key == identifier
    references = SessionReference.select(SessionReference.vendor, SessionReference.reference)
    for vendor, reference in database.select(
        references.where(SessionReference.identifier == identifier).tuples()
    ):
        vendor_receipts = Receipt.select(Receipt.id).where(Receipt.vendor == vendor)
        is_about_it |= (ReceiptEvent.vendor_reference == reference) & (
            ReceiptEvent.receipt.in_(vendor_receipts)
        )
        is_own_job |= (Job.vendor == vendor) & (Job.key == reference)
    database.change(peewee.ModelDelete(Job).where(is_own_job))
    events = ReceiptEvent.select(ReceiptEvent.id, ReceiptEvent.receipt).where(is_about_it)
    rows = database.select(events.tuples())
    return [event_id for event_id, _ in rows], [receipt_id for _, receipt_id in rows]


def _record_erasure(identifiers: Sequence[str], actor: str, now: datetime) -> peewee.Insert:
    erasures = [
        {"identifier_sha256": chain_start(identifier).record_sha256, "at": now, "actor": actor}
        for identifier in identifiers
    ]
    return Erasure.insert_many(erasures).on_conflict(
        conflict_target=[Erasure.identifier_sha256], preserve=[Erasure.at, Erasure.actor]
    )


def _sessions(identifiers: Sequence[str]) -> "peewee.ModelSelect[Session]":
    return Session.select(Session.id).where(Session.identifier.in_(identifiers))


def _contains(body: bytes, text: str) -> bool:
    decoded = body.decode("utf-8", "replace")
    return text in decoded or text in _unescape(decoded)


def _unescape(text: str) -> str:
    """JSON escapes a character beyond the first 65,536 of Unicode as two surrogates."""
    unescaped = _ESCAPE.sub(lambda match: chr(int(match[1], 16)) if match[1] else match[2], text)
    return unescaped.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


_ERASED_RECEIPT: dict[str, Any] = {
    "headers": {},
    "content_sha256": None,
    "detail": "",
    "body": b"",
}
_ERASED_DECISION: dict[str, Any] = {
    "session": None,
    "opened": [],
    "closed": [],
    "reasons": [],
    "actor": None,
    "note": None,
    "inputs": {},
}
_EMPTY_EVENTS = ReceiptEvent.update(vendor_reference=None, content_sha256=None, detail="")

_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)

# The literal condition on `result` lets both databases use the partial index.
_UNMATCHED_RECEIPTS = Statement("""
SELECT id, identifier, body FROM receipt
WHERE result = :result AND result IN ('unrecognised', 'invalid') AND id > :after
  AND erased_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM session WHERE session.identifier = receipt.identifier)
ORDER BY id LIMIT :limit
""")

_TRUNCATE_WAL = Statement("PRAGMA wal_checkpoint(TRUNCATE)", postgresql="SELECT 1")
