"""A worker lives: it introduces the targets it serves, and is seen while it works."""

from datetime import datetime

from proctor_results.flows.house import House
from proctor_results.store import deliveries, hearing, targets, watches, workers


def arrive(house: House, name: str, now: datetime) -> None:
    """A worker begins to work. Raises LedgerAway.

    A target that has moved to a new address starts afresh: what was given up at the old one is tried again. The clock
    may have been set back since others were at work.
    """
    with house.ledger.transaction():
        for target in house.targets:
            if targets.meet(house.ledger, target.name, target.address):
                deliveries.revive(house.ledger, target.name, now)
        _bring_forward(house, now)
        workers.seen(house.ledger, name, now)


def _bring_forward(house: House, now: datetime) -> None:
    """What was noted at a later hour, before the clock was set back, must not wait until it is that late again."""
    for target in house.targets:
        targets.bring_forward(house.ledger, target.name, now)
        deliveries.bring_forward(house.ledger, target.name, now)
    watches.bring_forward(house.ledger, house.rhythm.deadline(now))
    hearing.bring_forward(house.ledger, now)


def report_in(house: House, name: str, now: datetime) -> None:
    """The worker is still at work. Raises LedgerAway."""
    with house.ledger.transaction():
        workers.seen(house.ledger, name, now)


def leave(house: House, name: str) -> None:
    """The worker has ended in good order. Raises LedgerAway."""
    with house.ledger.transaction():
        workers.gone(house.ledger, name)
