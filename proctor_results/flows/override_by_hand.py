"""An operator overrules the outcome of a session, or takes that back."""

from dataclasses import replace
from datetime import datetime

from proctor_results.domain.acts import overruled, withdrawn
from proctor_results.domain.ruling import standing_override
from proctor_results.domain.session import Override, Session
from proctor_results.domain.words import Act, Outcome
from proctor_results.flows.hand import Hand, by_hand
from proctor_results.flows.house import House
from proctor_results.flows.show_session import show_session

OUTCOMES = (Outcome.ACCEPTED, Outcome.REJECTED, Outcome.PENDING)
"""What an operator may say: skipped is nobody's word, but what has happened."""


def override_by_hand(house: House, identifier: str, outcome: Outcome, hand: Hand, now: datetime) -> Session | None:
    """Gives the session that outcome; None where there is no such session. To say the same again changes nothing.

    It stands against whatever machines report, and against older verdicts; a proctor who signs a verdict later
    overrules it. Raises LedgerAway.
    """
    override = Override(outcome=outcome, actor=hand.actor, reason=hand.reason, at=now)

    def overrule(session: Session) -> Session | None:
        if _says_the_same(standing_override(session), override):
            return None
        return overruled(session, override, house.policy.of(session), now)

    by = hand.origin(Act.OVERRIDE, outcome=outcome)
    return by_hand(house, identifier, by, overrule) or show_session(house, identifier)


def withdraw_by_hand(house: House, identifier: str, hand: Hand, now: datetime) -> Session | None:
    """Takes the override back: the outcome is again what reports say. None where there is none. Raises LedgerAway."""

    def withdraw(session: Session) -> Session | None:
        return withdrawn(session, house.policy.of(session), now) if session.override else None

    return by_hand(house, identifier, hand.origin(Act.WITHDRAW), withdraw)


def _says_the_same(known: Override | None, given: Override) -> bool:
    return known is not None and replace(known, at=given.at) == given
