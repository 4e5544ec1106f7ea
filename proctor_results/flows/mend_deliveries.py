"""A person looks at what could not be told, and lets it be tried again."""

from datetime import datetime

from proctor_results.flows.hold_by_hand import Hand
from proctor_results.flows.house import House
from proctor_results.store import deliveries, targets
from proctor_results.store.deliveries import Undelivered

__all__ = ["Undelivered", "retry_everything", "send_again", "undelivered"]


def undelivered(house: House, limit: int) -> list[Undelivered]:
    """What has not been told yet, the longest due first. Raises LedgerAway."""
    return deliveries.undelivered(house.ledger, limit)


def retry_everything(house: House, now: datetime) -> int:
    """Makes all of it due at once, and trusts every target again; how much there was. Raises LedgerAway."""
    with house.ledger.transaction():
        return sum(_retry(house, target.name, now) for target in house.targets)


def send_again(house: House, identifier: str, delivery: int, hand: Hand, now: datetime) -> bool:
    """Makes one delivery of the session due at once, also where it was told before, and trusts its target again.

    False where there is no such delivery, or a worker is at it just now. Raises LedgerAway.
    """
    with house.ledger.transaction():
        target = deliveries.renew(house.ledger, identifier, delivery, now)
        if target:
            targets.resume(house.ledger, target)
    return target is not None


def _retry(house: House, target: str, now: datetime) -> int:
    targets.resume(house.ledger, target)
    return deliveries.revive(house.ledger, target, now)
