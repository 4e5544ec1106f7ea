"""Reads what happened around a session: what came in about it, and what targets were told of it."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from proctor_results.domain.words import ReceiptVerdict, Topic
from proctor_results.store.attempts import Attempt
from proctor_results.store.columns import moment
from proctor_results.store.ledger import Ledger, Row
from proctor_results.store.statement import Statement


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """A receipt without its body: `size` says how many bytes that has."""

    id: int
    vendor: str
    received_at: datetime
    key_id: str
    size: int
    sha256: str
    verdict: ReceiptVerdict
    detail: str


@dataclass(frozen=True, kw_only=True)
class Duty:
    """A delivery with its newest attempts, the newest first. Without `due_at`, and `told` not, it was given up."""

    id: int
    target: str
    topic: Topic
    wanted: int
    delivered: int | None
    wanted_at: datetime
    due_at: datetime | None
    in_the_air: bool
    attempts: tuple[Attempt, ...]

    @property
    def told(self) -> bool:
        return self.delivered is not None and self.delivered >= self.wanted


def arrivals(ledger: Ledger, identifier: str, limit: int) -> list[Arrival]:
    """The newest receipts that name the session, the newest first. Raises LedgerAway."""
    return [_arrival(row) for row in ledger.run(_ARRIVALS, identifier=identifier, limit=limit)]


def body(ledger: Ledger, receipt: int, identifier: str) -> bytes | None:
    """The body of that session's receipt, as it came. Raises LedgerAway."""
    rows = ledger.run(_BODY, id=receipt, identifier=identifier)
    return bytes(rows[0][0]) if rows else None


def duties(ledger: Ledger, identifier: str, limit: int) -> list[Duty]:
    """All deliveries of the session, with at most `limit` attempts together. Raises LedgerAway."""
    attempts = defaultdict(list)
    for row in ledger.run(_ATTEMPTS, identifier=identifier, limit=limit):
        attempts[row[0]].append(_attempt(row))
    return [_duty(row, tuple(attempts[row[0]])) for row in ledger.run(_DUTIES, identifier=identifier)]


def _arrival(row: Row) -> Arrival:
    id_, vendor, received_at, key_id, size, sha256, verdict, detail = row
    return Arrival(
        id=id_,
        vendor=vendor,
        received_at=moment(received_at),
        key_id=key_id,
        size=size,
        sha256=sha256,
        verdict=ReceiptVerdict(verdict),
        detail=detail,
    )


def _attempt(row: Row) -> Attempt:
    delivery_id, revision, at, seconds, result, status, detail = row
    return Attempt(
        delivery_id=delivery_id,
        revision=revision,
        at=moment(at),
        seconds=seconds,
        result=result,
        status=status,
        detail=detail,
    )


def _duty(row: Row, attempts: tuple[Attempt, ...]) -> Duty:
    id_, target, topic, wanted, delivered, wanted_at, due_at, lease = row
    return Duty(
        id=id_,
        target=target,
        topic=Topic(topic),
        wanted=wanted,
        delivered=delivered,
        wanted_at=moment(wanted_at),
        due_at=None if due_at is None else moment(due_at),
        in_the_air=lease is not None,
        attempts=attempts,
    )


_ARRIVALS = Statement("""
SELECT id, vendor, received_at, key_id, LENGTH(body), sha256, verdict, detail FROM receipt
WHERE identifier = :identifier ORDER BY received_at DESC, id DESC LIMIT :limit
""")

_BODY = Statement("SELECT body FROM receipt WHERE id = :id AND identifier = :identifier")

_DUTIES = Statement("""
SELECT delivery.id, delivery.target, delivery.topic, delivery.wanted, delivery.delivered, delivery.wanted_at,
  delivery.due_at, delivery.lease
FROM session JOIN delivery ON delivery.session_id = session.id
WHERE session.identifier = :identifier ORDER BY delivery.target, delivery.topic
""")

_ATTEMPTS = Statement("""
SELECT attempt.delivery_id, attempt.revision, attempt.at, attempt.seconds, attempt.result, attempt.status,
  attempt.detail
FROM session JOIN delivery ON delivery.session_id = session.id JOIN attempt ON attempt.delivery_id = delivery.id
WHERE session.identifier = :identifier ORDER BY attempt.at DESC, attempt.id DESC LIMIT :limit
""")
