"""A person looks at what could not be told, and lets it be tried again, or lets it go."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from proctor_results.flows.enter import keep_policy
from proctor_results.flows.hand import Hand
from proctor_results.flows.house import House
from proctor_results.flows.note_by_hand import note_by_hand
from proctor_results.store import awaited, deliveries, targets
from proctor_results.store.awaited import Which
from proctor_results.store.deliveries import Undelivered
from proctor_results.store.health import STATES

__all__ = ["STATES", "Undelivered", "Which", "count", "drop", "retry", "send_again", "undelivered"]

AT_ONCE = 200


def undelivered(house: House, limit: int, which: Which | None = None) -> list[Undelivered]:
    """What has not been told yet, the longest due first. Raises LedgerAway."""
    return awaited.show(house.ledger, which or Which(), limit)


def count(house: House, which: Which) -> int:
    """How much of it there is at the targets of this house. Raises LedgerAway."""
    return sum(awaited.count(house.ledger, each) for each in _of_each_target(house, which))


def retry(house: House, which: Which, now: datetime) -> int:
    """Makes it due at once, and trusts its targets again; how much there was. Raises LedgerAway."""
    revived = 0
    with house.ledger.transaction():
        for each in _of_each_target(house, which):
            targets.resume(house.ledger, str(each.target))
            revived += awaited.revive(house.ledger, each, now)
    return revived


def send_again(house: House, identifier: str, delivery: int, hand: Hand, now: datetime) -> bool:
    """Makes one delivery of the session due at once, also where it was told before, and trusts its target again.

    It is noted in the session's history. False where there is no such delivery, or a worker is at it just now.
    Raises LedgerAway.
    """
    keep_policy(house)
    with house.ledger.transaction():
        renewed = deliveries.renew(house.ledger, identifier, delivery, now)
        if renewed is None:
            return False
        target, topic = renewed
        targets.resume(house.ledger, target)
        noted = replace(hand, reason=f"had {topic} sent to {target} again: {hand.reason}")
        note_by_hand(house, identifier, noted, now)
    return True


def drop(house: House, target: str, rest: Callable[[], object]) -> int:
    """Forgets all that a target was told or should be, in short transactions; how much. Raises LedgerAway.

    Raises ValueError for a target that is in use: what it should be told is news.
    """
    if target in {each.name for each in house.targets}:
        raise ValueError(f"{target} is in use: take it out of the settings first")
    dropped, more = 0, AT_ONCE
    while more == AT_ONCE:
        with house.ledger.transaction():
            more = awaited.drop(house.ledger, target, AT_ONCE)
        dropped += more
        rest()
    return dropped


def _of_each_target(house: House, which: Which) -> list[Which]:
    return [replace(which, target=each.name) for each in house.targets if which.target in (None, each.name)]
