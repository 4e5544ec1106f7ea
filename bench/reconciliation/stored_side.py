"""Reads from the ledger what is stored."""

from collections import defaultdict
from typing import Any

from bench.reconciliation.sides import Decided, Kept, Stored
from proctor_results.domain.words import Cause, Outcome, ReceiptVerdict
from proctor_results.flows.mend_deliveries import Undelivered
from proctor_results.store import columns, deliveries
from proctor_results.store.ledger import Ledger
from proctor_results.store.statement import Statement

EVERYTHING = 1_000_000


def stored_in(ledger: Ledger) -> Stored:
    """Everything, as it is now. Raises LedgerAway."""
    sessions = [columns.session(row) for row in ledger.run(_SESSIONS)]
    return Stored(
        sessions={session.identifier: session for session in sessions},
        receipts=[_kept(*row) for row in ledger.run(_RECEIPTS)],
        decisions=_decisions(ledger),
        undelivered=[_words(each) for each in deliveries.undelivered(ledger, EVERYTHING)],
        beats=dict(ledger.run(_BEATS)),
    )


def _kept(at: int, vendor: str, identifier: str | None, body: Any, content: str | None, verdict: str) -> Kept:
    return Kept(
        at=columns.moment(at),
        vendor=vendor,
        identifier=identifier,
        body=bytes(body),
        content=content,
        verdict=ReceiptVerdict(verdict),
    )


def _decisions(ledger: Ledger) -> dict[str, list[Decided]]:
    """In the order of their revisions."""
    found = defaultdict(list)
    for row in ledger.run(_DECISIONS):
        found[row[0]].append(_decided(*row))
    return dict(found)


def _decided(
    identifier: str, at: int, cause: str, revision: int, outcome: str, opened: str, closed: str, note: str | None
) -> Decided:
    return Decided(
        identifier=identifier,
        at=columns.moment(at),
        cause=Cause(cause),
        revision=revision,
        outcome=Outcome(outcome),
        opened=columns.holds_of(opened),
        closed=tuple(hold.kind for hold in columns.holds_of(closed)),
        note=note,
    )


def _words(each: Undelivered) -> str:
    waiting = "given up" if each.due_at is None else f"due at {each.due_at:%H:%M:%S}"
    return (
        f"{each.identifier}.{each.topic}.{each.wanted} to {each.target}: {waiting}; {each.last_detail or 'not tried'}"
    )


_SESSIONS = Statement(f"SELECT {columns.SESSION} FROM session ORDER BY id")  # noqa: S608  # constants only
_RECEIPTS = Statement("SELECT received_at, vendor, identifier, body, content, verdict FROM receipt ORDER BY id")
_BEATS = Statement("SELECT identifier, beats FROM watch")
_DECISIONS = Statement("""
SELECT session.identifier, decision.at, decision.cause, decision.revision, decision.outcome, decision.opened,
  decision.closed, decision.note
FROM decision JOIN session ON session.id = decision.session_id ORDER BY decision.session_id, decision.revision
""")
