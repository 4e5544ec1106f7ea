"""A person, or the LMS, locks an exam or releases a hold."""

from datetime import datetime

from proctor_results.domain.acts import held_by_hand, released
from proctor_results.domain.session import Session
from proctor_results.domain.words import Act, HoldKind
from proctor_results.flows.hand import Hand, by_hand
from proctor_results.flows.house import House
from proctor_results.flows.show_session import show_session

__all__ = ["Hand", "hold_by_hand", "release_by_hand"]


def hold_by_hand(house: House, identifier: str, hand: Hand, now: datetime) -> Session | None:
    """Opens a manual hold; None where there is no such session. To say the same again changes nothing.

    Raises LedgerAway.
    """
    detail = f"{hand.actor}: {hand.reason}"

    def hold(session: Session) -> Session | None:
        known = session.held(HoldKind.MANUAL)
        return None if known and known.detail == detail else held_by_hand(session, detail, now)

    return by_hand(house, identifier, hand.origin(Act.HOLD), hold) or show_session(house, identifier)


def release_by_hand(house: House, identifier: str, kind: HoldKind, hand: Hand, now: datetime) -> Session | None:
    """Closes an open hold of that kind; None where there is none. Raises LedgerAway."""

    def release(session: Session) -> Session | None:
        return released(session, kind, house.policy.of(session), now) if session.held(kind) else None

    return by_hand(house, identifier, hand.origin(Act.RELEASE, hold=kind), release)
