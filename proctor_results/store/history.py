"""Reads what happened around a session: what came in about it, and what targets were told of it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from proctor_results.domain.words import ReceiptVerdict, Topic
from proctor_results.store.attempts import Attempt
from proctor_results.store.columns import moment, read_json
from proctor_results.store.ledger import Ledger, Row
from proctor_results.store.statement import Statement


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """A receipt without its body: `size` says how many bytes that has; `let_go` whether it is kept no longer."""

    id: int
    vendor: str
    received_at: datetime
    key_id: str
    size: int
    sha256: str
    verdict: ReceiptVerdict
    detail: str
    place: int | None
    digest: str
    replay_of: int | None
    let_go: bool


@dataclass(frozen=True, kw_only=True)
class Original:
    """A receipt whole: what came in, byte by byte, and the headers that were kept."""

    arrival: Arrival
    headers: Mapping[str, str]
    body: bytes


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


@dataclass(frozen=True, kw_only=True)
class Totals:
    """How many there are of a session, whatever is shown of them."""

    arrivals: int
    decisions: int
    attempts: int


def totals(ledger: Ledger, identifier: str) -> Totals:
    """Counts them in indexes. Raises LedgerAway."""
    ((arrivals, decisions, attempts),) = ledger.run(_TOTALS, identifier=identifier)
    return Totals(arrivals=arrivals, decisions=decisions, attempts=attempts)


def arrivals(ledger: Ledger, identifier: str, limit: int) -> list[Arrival]:
    """The newest receipts that name the session, the newest first. Raises LedgerAway."""
    return [_arrival(row) for row in ledger.run(_ARRIVALS, identifier=identifier, limit=limit)]


def original(ledger: Ledger, identifier: str, receipt: int) -> Original | None:
    """That receipt of the session, or None. Raises LedgerAway."""
    rows = ledger.run(_ORIGINAL, id=receipt, identifier=identifier)
    if not rows:
        return None
    headers, body, *arrival = rows[0]
    return Original(arrival=_arrival(arrival), headers=read_json(headers or "{}"), body=bytes(body or b""))


def duties(ledger: Ledger, identifier: str, limit: int) -> list[Duty]:
    """All deliveries of the session, with at most `limit` attempts together. Raises LedgerAway."""
    attempts = defaultdict(list)
    for row in ledger.run(_ATTEMPTS, identifier=identifier, limit=limit):
        attempts[row[0]].append(_attempt(row))
    return [_duty(row, tuple(attempts[row[0]])) for row in ledger.run(_DUTIES, identifier=identifier)]


def _arrival(row: Sequence[Any]) -> Arrival:
    id_, vendor, received_at, key_id, size, sha256, verdict, detail, place, digest, replay_of, let_go = row
    return Arrival(
        id=id_,
        vendor=vendor,
        received_at=moment(received_at),
        key_id=key_id,
        size=size or 0,
        sha256=sha256,
        verdict=ReceiptVerdict(verdict),
        detail=detail or "",
        place=place,
        digest=digest,
        replay_of=replay_of,
        let_go=bool(let_go),
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


_ID = "(SELECT session.id FROM session WHERE session.identifier = :identifier)"

_TOTALS = Statement(f"""
SELECT
  (SELECT COUNT(*) FROM receipt WHERE identifier = :identifier),
  (SELECT COUNT(*) FROM decision WHERE session_id = {_ID}),
  (SELECT COUNT(*) FROM delivery JOIN attempt ON attempt.delivery_id = delivery.id WHERE delivery.session_id = {_ID})
""")  # noqa: S608  # constants only

_ARRIVAL = (
    "id, vendor, received_at, key_id, LENGTH(body), sha256, verdict, detail, place, digest, replay_of, "
    "COALESCE(pruned_at, erased_at) IS NOT NULL"
)

_ARRIVALS = Statement(f"""
SELECT {_ARRIVAL} FROM receipt WHERE identifier = :identifier ORDER BY place DESC LIMIT :limit
""")  # noqa: S608  # constants only

_ORIGINAL = Statement(
    f"SELECT headers, body, {_ARRIVAL} FROM receipt WHERE id = :id AND identifier = :identifier"  # noqa: S608  # as above
)

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
