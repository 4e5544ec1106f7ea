"""Lists the decisions about a session, each with the receipt behind it."""

from dataclasses import dataclass
from datetime import datetime

from proctor_results.database.connection import Database, Row
from proctor_results.database.statement import Statement
from proctor_results.database.values import load_json
from proctor_results.formats.times import from_milliseconds
from proctor_results.sessions.decision import Decision, DecisionSource
from proctor_results.sessions.enums import Cause, Outcome
from proctor_results.sessions.rows import load_holds, load_reasons

NO_LIMIT = 2**31 - 1
"""More revisions than a session has."""


@dataclass(frozen=True, kw_only=True)
class ReceiptReference:
    """How a receipt is found: its id, vendor and time, and the SHA-256 of its body."""

    receipt_id: int
    vendor: str
    received_at: datetime
    sha256: str


@dataclass(frozen=True, kw_only=True)
class DecisionWithReceipt:
    """A decision, with the receipt behind it where a request caused it."""

    decision: Decision
    receipt: ReceiptReference | None


def list_decisions(
    database: Database,
    identifier: str,
    after: int = 0,
    up_to: int = NO_LIMIT,
    limit: int = NO_LIMIT,
) -> list[DecisionWithReceipt]:
    """Return the first decisions, in order, after one revision and up to another.

    Raises DatabaseUnavailable.
    """
    values = {"identifier": identifier, "after": after, "upto": up_to, "limit": limit}
    return [_decision_from_row(row) for row in database.fetch(_LIST, **values)]


def list_newest_decisions(
    database: Database, identifier: str, limit: int
) -> list[DecisionWithReceipt]:
    """Return the last decisions, in order. Raises DatabaseUnavailable."""
    rows = database.fetch(_LIST_NEWEST, identifier=identifier, limit=limit)
    return [_decision_from_row(row) for row in reversed(rows)]


def _decision_from_row(row: Row) -> DecisionWithReceipt:
    at, revision, outcome_before, outcome, *rest = row[:-4]
    opened, closed, reasons, policy_sha256, revised, final_at, *source = rest
    cause, actor, note, inputs = source
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
SELECT decision.at, decision.revision, decision.outcome_before, decision.outcome,
  decision.opened, decision.closed, decision.reasons, decision.policy_sha256, decision.revised,
  decision.final_at, decision.cause, decision.actor, decision.note, decision.inputs,
  receipt.id, receipt.vendor, receipt.received_at, receipt.body_sha256
FROM session JOIN decision ON decision.session_id = session.id
LEFT JOIN receipt ON receipt.id = decision.receipt_id
WHERE session.identifier = :identifier
"""

_LIST = Statement(f"""
{_SELECT} AND decision.revision > :after AND decision.revision <= :upto
ORDER BY decision.revision LIMIT :limit
""")

_LIST_NEWEST = Statement(f"{_SELECT} ORDER BY decision.revision DESC LIMIT :limit")
