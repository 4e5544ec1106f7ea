"""Somebody asks why a session is as it is."""

from dataclasses import dataclass

from proctor_results.domain.session import Session
from proctor_results.flows.house import House
from proctor_results.store import decisions, sessions
from proctor_results.store.decisions import Decided, ReceiptMark

__all__ = ["Decided", "Explanation", "ReceiptMark", "explain_session"]


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """A session as it is now, and all that was decided about it, the oldest first."""

    session: Session
    decisions: tuple[Decided, ...]


def explain_session(house: House, identifier: str) -> Explanation | None:
    """Why the session is as it is; None where there is none of that identifier. Raises LedgerAway."""
    session = sessions.find(house.ledger, identifier)
    if session is None:
        return None
    return Explanation(session=session, decisions=tuple(decisions.of(house.ledger, identifier)))
