"""Reads the decisions about a session, each with the receipt that brought it about."""

from dataclasses import dataclass
from datetime import datetime

from proctor_results.database.connection import Database, Row
from proctor_results.database.statement import Statement
from proctor_results.database.values import load_json
from proctor_results.formats.times import from_milliseconds
from proctor_results.sessions.decision import Decision, DecisionSource
from proctor_results.sessions.enums import Cause, Outcome
from proctor_results.sessions.store.rows import load_holds, load_reasons

NO_LIMIT = 2**31 - 1
"""More than a session has of anything."""


@dataclass(frozen=True, kw_only=True)
class ReceiptReference:
    """By which a receipt is found: its number, whose it is, when it came, and the SHA-256 of its body."""

    receipt_id: int
    vendor: str
    received_at: datetime
    sha256: str


@dataclass(frozen=True, kw_only=True)
class DecisionWithReceipt:
    """A decision, with the receipt behind it where a request brought it about."""

    decision: Decision
    receipt: ReceiptReference | None


def list_for_session(
    database: Database,
    identifier: str,
    after: int = 0,
    up_to: int = NO_LIMIT,
    limit: int = NO_LIMIT,
) -> list[DecisionWithReceipt]:
    """The first decisions about that session, in order, whose revisions lie in this range. Raises LedgerAway."""
    values = {"identifier": identifier, "after": after, "upto": up_to, "limit": limit}
    return [_decision_from_row(row) for row in database.fetch(_LIST, **values)]


def list_newest(database: Database, identifier: str, limit: int) -> list[DecisionWithReceipt]:
    """The last ones about that session, in order. Raises LedgerAway."""
    return [
        _decision_from_row(row)
        for row in reversed(database.fetch(_LIST_NEWEST, identifier=identifier, limit=limit))
    ]


def _decision_from_row(row: Row) -> DecisionWithReceipt:
    (
        at,
        revision,
        outcome_before,
        outcome,
        opened,
        closed,
        reasons,
        policy_sha256,
        revised,
        final_at,
        *origin_columns,
    ) = row[:-4]
    cause, actor, note, inputs = origin_columns
    decision = Decision(
        at=from_milliseconds(at),
        revision=revision,
        outcome_before=Outcome(outcome_before),
        outcome=Outcome(outcome),
        opened=load_holds(opened),
        closed=load_holds(closed),
        reasons=load_reasons(reasons),
        policy_sha256=policy_sha256,
        revised=bool(revised),
        final_at=None if final_at is None else from_milliseconds(final_at),
        source=DecisionSource(cause=Cause(cause), actor=actor, note=note, inputs=load_json(inputs)),
    )
    return DecisionWithReceipt(decision=decision, receipt=_receipt_from_row(row[-4:]))


def _receipt_from_row(row: Row) -> ReceiptReference | None:
    receipt_id, vendor, received_at, sha256 = row
    if receipt_id is None:
        return None
    return ReceiptReference(
        receipt_id=receipt_id,
        vendor=vendor,
        received_at=from_milliseconds(received_at),
        sha256=sha256,
    )


_SELECT = """
SELECT decision.at, decision.revision, decision.outcome_before, decision.outcome, decision.opened, decision.closed,
  decision.reasons, decision.policy_sha256, decision.revised, decision.final_at,
  decision.cause, decision.actor, decision.note, decision.inputs,
  receipt.id, receipt.vendor, receipt.received_at, receipt.body_sha256
FROM session JOIN decision ON decision.session_id = session.id LEFT JOIN receipt ON receipt.id = decision.receipt_id
WHERE session.identifier = :identifier
"""

_LIST = Statement(f"""
{_SELECT} AND decision.revision > :after AND decision.revision <= :upto ORDER BY decision.revision LIMIT :limit
""")

_LIST_NEWEST = Statement(f"{_SELECT} ORDER BY decision.revision DESC LIMIT :limit")
