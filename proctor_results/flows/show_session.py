"""The LMS asks about one session."""

from proctor_results.domain.session import Session
from proctor_results.flows.house import House
from proctor_results.store import sessions


def show_session(house: House, identifier: str) -> Session | None:
    """The session as it is now. Raises LedgerAway."""
    return sessions.find(house.ledger, identifier)
