"""Reads the decisions about a session, each with the receipt that brought it about."""

from dataclasses import dataclass
from datetime import datetime

from proctor_results.domain.decision import Decision, Origin
from proctor_results.domain.words import Cause, Outcome
from proctor_results.store.columns import holds_of, moment, read_json, reasons_of
from proctor_results.store.ledger import Ledger, Row
from proctor_results.store.statement import Statement

EVERY = 2**31 - 1
"""More than a session has of anything."""


@dataclass(frozen=True, kw_only=True)
class ReceiptMark:
    """By which a receipt is found: its number, whose it is, when it came, and the SHA-256 of its body."""

    number: int
    vendor: str
    received_at: datetime
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Decided:
    """A decision, with the receipt behind it where a request brought it about."""

    decision: Decision
    receipt: ReceiptMark | None


def of(ledger: Ledger, identifier: str, after: int = 0, upto: int = EVERY, limit: int = EVERY) -> list[Decided]:
    """The first decisions about that session, in order, whose revisions lie in this range. Raises LedgerAway."""
    values = {"identifier": identifier, "after": after, "upto": upto, "limit": limit}
    return [_decided(row) for row in ledger.run(_OF, **values)]


def newest(ledger: Ledger, identifier: str, limit: int) -> list[Decided]:
    """The last ones about that session, in order. Raises LedgerAway."""
    return [_decided(row) for row in reversed(ledger.run(_NEWEST, identifier=identifier, limit=limit))]


def _decided(row: Row) -> Decided:
    at, revision, before, outcome, opened, closed, reasons, policy, revised, settles_at, *by = row[:-4]
    cause, actor, note, said = by
    made = Decision(
        at=moment(at),
        revision=revision,
        outcome_before=Outcome(before),
        outcome=Outcome(outcome),
        opened=holds_of(opened),
        closed=holds_of(closed),
        reasons=reasons_of(reasons),
        policy_sha256=policy,
        revised=bool(revised),
        settles_at=None if settles_at is None else moment(settles_at),
        by=Origin(cause=Cause(cause), actor=actor, note=note, said=read_json(said)),
    )
    return Decided(decision=made, receipt=_mark(row[-4:]))


def _mark(row: Row) -> ReceiptMark | None:
    number, vendor, received_at, sha256 = row
    if number is None:
        return None
    return ReceiptMark(number=number, vendor=vendor, received_at=moment(received_at), sha256=sha256)


_SELECT = """
SELECT decision.at, decision.revision, decision.outcome_before, decision.outcome, decision.opened, decision.closed,
  decision.reasons, decision.policy_sha256, decision.revised, decision.settles_at,
  decision.cause, decision.actor, decision.note, decision.said,
  receipt.id, receipt.vendor, receipt.received_at, receipt.sha256
FROM session JOIN decision ON decision.session_id = session.id LEFT JOIN receipt ON receipt.id = decision.receipt_id
WHERE session.identifier = :identifier
"""

_OF = Statement(f"""
{_SELECT} AND decision.revision > :after AND decision.revision <= :upto ORDER BY decision.revision LIMIT :limit
""")

_NEWEST = Statement(f"{_SELECT} ORDER BY decision.revision DESC LIMIT :limit")
