"""Reads from the ledger what is stored, and judges all of it again."""

from typing import Any

from bench.reconciliation.sides import History, Kept, Stored
from proctor_results import policy_file
from proctor_results.domain.retelling import CannotBeRetold
from proctor_results.domain.session import Session
from proctor_results.domain.words import ReceiptVerdict
from proctor_results.flows.house import House
from proctor_results.flows.mend_deliveries import Undelivered
from proctor_results.flows.retell_session import retell_session
from proctor_results.store import columns, decisions, deliveries
from proctor_results.store.decisions import Decided
from proctor_results.store.ledger import Ledger
from proctor_results.store.statement import Statement
from proctor_results.vendors import VENDORS

EVERYTHING = 1_000_000


def stored_in(ledger: Ledger) -> Stored:
    """Everything, as it is now. Raises LedgerAway."""
    house = House(ledger=ledger, policy=policy_file.built_in(), vendors=VENDORS, read_policy=policy_file.parse)
    sessions = {session.identifier: session for session in map(columns.session, ledger.run(_SESSIONS))}
    decided = {identifier: decisions.of(ledger, identifier) for identifier in sessions}
    return Stored(
        sessions=sessions,
        receipts=[_kept(*row) for row in ledger.run(_RECEIPTS)],
        decisions={identifier: [each.decision for each in some] for identifier, some in decided.items()},
        histories={each.identifier: _history(house, each, decided[each.identifier]) for each in sessions.values()},
        undelivered=[_words(each) for each in deliveries.undelivered(ledger, EVERYTHING)],
        beats=dict(ledger.run(_BEATS)),
    )


def _kept(identifier: str | None, body: Any, content: str | None, verdict: str) -> Kept:
    return Kept(identifier=identifier, body=bytes(body), content=content, verdict=ReceiptVerdict(verdict))


def _history(house: House, session: Session, decided: list[Decided]) -> History:
    states = [Session(identifier=session.identifier, vendor=session.vendor, updated_at=session.updated_at)]
    again, impossible = [], ""
    try:
        for each in retell_session(house, session, decided):
            states += [each.session] if each.step.made_it else []
            again += [each.decision] if each.decision else []
    except CannotBeRetold as error:
        impossible = str(error)
    return History(states=states, decisions=again, impossible=impossible)


def _words(each: Undelivered) -> str:
    waiting = "given up" if each.due_at is None else f"due at {each.due_at:%H:%M:%S}"
    met = each.last_detail or "not tried yet"
    return f"{each.identifier}.{each.topic}.{each.wanted} to {each.target}: {waiting} ({met})"


_SESSIONS = Statement(f"SELECT {columns.SESSION} FROM session ORDER BY id")  # noqa: S608  # constants only
_RECEIPTS = Statement("SELECT identifier, body, content, verdict FROM receipt ORDER BY id")
_BEATS = Statement("SELECT identifier, beats FROM watch")
