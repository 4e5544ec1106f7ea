"""A person notes something about a session."""

from datetime import datetime

from proctor_results.domain.acts import noted
from proctor_results.domain.session import Session
from proctor_results.domain.words import Act
from proctor_results.flows.hand import Hand, by_hand
from proctor_results.flows.house import House


def note_by_hand(house: House, identifier: str, hand: Hand, now: datetime) -> Session | None:
    """Adds a note to the session's history, and changes nothing; None where there is no such session.

    Raises LedgerAway.
    """
    return by_hand(house, identifier, hand.origin(Act.NOTE), lambda session: noted(session, now))
