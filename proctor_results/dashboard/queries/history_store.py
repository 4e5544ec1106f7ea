"""Reads what happened around a session: what came in about it, and what targets were told of it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from proctor_results.database.connection import Database, Row
from proctor_results.database.statement import Statement
from proctor_results.database.values import load_json
from proctor_results.deliveries.model import Attempt
from proctor_results.formats.times import from_milliseconds
from proctor_results.sessions.enums import ReceiptResult, Topic


@dataclass(frozen=True, kw_only=True)
class ReceiptSummary:
    """A receipt without its body: `size` says how many bytes that has; `let_go` whether it is kept no longer."""

    id: int
    vendor: str
    received_at: datetime
    key_id: str
    size: int
    sha256: str
    result: ReceiptResult
    detail: str
    chain_position: int | None
    digest: str
    replay_of: int | None
    body_pruned: bool


@dataclass(frozen=True, kw_only=True)
class ReceiptWithBody:
    """A receipt whole: what came in, byte by byte, and the headers that were kept."""

    receipt: ReceiptSummary
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, kw_only=True)
class DeliverySummary:
    """A delivery with its newest attempts, the newest first. Without `due_at`, and `told` not, it was given up."""

    id: int
    target: str
    topic: Topic
    desired_revision: int
    delivered_revision: int | None
    desired_since: datetime
    next_attempt_at: datetime | None
    in_flight: bool
    attempts: tuple[Attempt, ...]

    @property
    def is_delivered(self) -> bool:
        return (
            self.delivered_revision is not None and self.delivered_revision >= self.desired_revision
        )


@dataclass(frozen=True, kw_only=True)
class Totals:
    """How many there are of a session, whatever is shown of them."""

    receipts: int
    decisions: int
    attempts: int


def count_totals(database: Database, identifier: str) -> Totals:
    """Counts them in indexes. Raises LedgerAway."""
    ((receipts, decisions, attempts),) = database.fetch(_TOTALS, identifier=identifier)
    return Totals(receipts=receipts, decisions=decisions, attempts=attempts)


def list_receipts(database: Database, identifier: str, limit: int) -> list[ReceiptSummary]:
    """The newest receipts that name the session, the newest first. Raises LedgerAway."""
    return [
        _receipt_from_row(row)
        for row in database.fetch(_LIST_RECEIPTS, identifier=identifier, limit=limit)
    ]


def get_receipt(database: Database, identifier: str, receipt_id: int) -> ReceiptWithBody | None:
    """That receipt of the session, or None. Raises LedgerAway."""
    rows = database.fetch(_GET_RECEIPT, id=receipt_id, identifier=identifier)
    if not rows:
        return None
    headers, body, *summary_row = rows[0]
    return ReceiptWithBody(
        receipt=_receipt_from_row(summary_row),
        headers=load_json(headers or "{}"),
        body=bytes(body or b""),
    )


def list_deliveries(database: Database, identifier: str, limit: int) -> list[DeliverySummary]:
    """All deliveries of the session, with at most `limit` attempts together. Raises LedgerAway."""
    attempts_by_delivery = defaultdict(list)
    for row in database.fetch(_LIST_ATTEMPTS, identifier=identifier, limit=limit):
        attempts_by_delivery[row[0]].append(_attempt_from_row(row))
    return [
        _delivery_from_row(row, tuple(attempts_by_delivery[row[0]]))
        for row in database.fetch(_LIST_DELIVERIES, identifier=identifier)
    ]


def _receipt_from_row(row: Sequence[Any]) -> ReceiptSummary:
    (
        receipt_id,
        vendor,
        received_at,
        key_id,
        size,
        sha256,
        result,
        detail,
        chain_position,
        digest,
        replay_of,
        body_pruned,
    ) = row
    return ReceiptSummary(
        id=receipt_id,
        vendor=vendor,
        received_at=from_milliseconds(received_at),
        key_id=key_id,
        size=size or 0,
        sha256=sha256,
        result=ReceiptResult(result),
        detail=detail or "",
        chain_position=chain_position,
        digest=digest,
        replay_of=replay_of,
        body_pruned=bool(body_pruned),
    )


def _attempt_from_row(row: Row) -> Attempt:
    delivery_id, revision, at, seconds, result, status, detail = row
    return Attempt(
        delivery_id=delivery_id,
        revision=revision,
        at=from_milliseconds(at),
        seconds=seconds,
        result=result,
        status=status,
        detail=detail,
    )


def _delivery_from_row(row: Row, attempts: tuple[Attempt, ...]) -> DeliverySummary:
    (
        delivery_id,
        target,
        topic,
        desired_revision,
        delivered_revision,
        desired_since,
        next_attempt_at,
        lease_token,
    ) = row
    return DeliverySummary(
        id=delivery_id,
        target=target,
        topic=Topic(topic),
        desired_revision=desired_revision,
        delivered_revision=delivered_revision,
        desired_since=from_milliseconds(desired_since),
        next_attempt_at=None if next_attempt_at is None else from_milliseconds(next_attempt_at),
        in_flight=lease_token is not None,
        attempts=attempts,
    )


_SESSION_ID = "(SELECT session.id FROM session WHERE session.identifier = :identifier)"

_TOTALS = Statement(f"""
SELECT
  (SELECT COUNT(*) FROM receipt WHERE identifier = :identifier),
  (SELECT COUNT(*) FROM decision WHERE session_id = {_SESSION_ID}),
  (SELECT COUNT(*) FROM delivery JOIN attempt ON attempt.delivery_id = delivery.id WHERE delivery.session_id = {_SESSION_ID})
""")  # constants only

_RECEIPT_COLUMNS = (
    "id, vendor, received_at, key_id, LENGTH(body), body_sha256, result, detail, chain_position, record_sha256, replay_of, "
    "COALESCE(pruned_at, erased_at) IS NOT NULL"
)

_LIST_RECEIPTS = Statement(f"""
SELECT {_RECEIPT_COLUMNS} FROM receipt WHERE identifier = :identifier ORDER BY chain_position DESC LIMIT :limit
""")  # constants only

_GET_RECEIPT = Statement(
    f"SELECT headers, body, {_RECEIPT_COLUMNS} FROM receipt WHERE id = :id AND identifier = :identifier"  # as above
)

_LIST_DELIVERIES = Statement("""
SELECT delivery.id, delivery.target, delivery.topic, delivery.desired_revision, delivery.delivered_revision, delivery.desired_since,
  delivery.next_attempt_at, delivery.lease_token
FROM session JOIN delivery ON delivery.session_id = session.id
WHERE session.identifier = :identifier ORDER BY delivery.target, delivery.topic
""")

_LIST_ATTEMPTS = Statement("""
SELECT attempt.delivery_id, attempt.revision, attempt.at, attempt.seconds, attempt.result, attempt.status,
  attempt.detail
FROM session JOIN delivery ON delivery.session_id = session.id JOIN attempt ON attempt.delivery_id = delivery.id
WHERE session.identifier = :identifier ORDER BY attempt.at DESC, attempt.id DESC LIMIT :limit
""")
