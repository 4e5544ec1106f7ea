"""A person, or the LMS, locks an exam or releases a hold."""

from dataclasses import dataclass
from datetime import datetime

from proctor_results.domain.acts import held_by_hand, released
from proctor_results.domain.decision import Origin
from proctor_results.domain.session import Session
from proctor_results.domain.words import Cause, HoldKind
from proctor_results.flows.enter import entry, until_written
from proctor_results.flows.house import House
from proctor_results.store import sessions
from proctor_results.store.entries import Entry


@dataclass(frozen=True, kw_only=True)
class Hand:
    """Who acts, and why, in their own words."""

    actor: str
    reason: str

    @property
    def origin(self) -> Origin:
        return Origin(cause=Cause.PERSON, actor=self.actor, note=self.reason)


def hold_by_hand(house: House, identifier: str, hand: Hand, now: datetime) -> Session | None:
    """Opens a manual hold; None where there is no such session. Raises LedgerAway."""

    def decide() -> Entry:
        before = sessions.find(house.ledger, identifier)
        if before is None:
            return Entry()
        return entry(house, before, held_by_hand(before, f"{hand.actor}: {hand.reason}", now), hand.origin)

    return until_written(house, decide).session


def release_by_hand(house: House, identifier: str, kind: HoldKind, hand: Hand, now: datetime) -> Session | None:
    """Closes an open hold of that kind; None where there is none. Raises LedgerAway."""

    def decide() -> Entry:
        before = sessions.find(house.ledger, identifier)
        if before is None or before.held(kind) is None:
            return Entry()
        return entry(house, before, released(before, kind, house.policy.of(before.exam), now), hand.origin)

    return until_written(house, decide).session
