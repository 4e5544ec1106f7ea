"""Somebody watches: how much has happened, and how much is waiting."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from proctor_results.domain.words import HoldKind
from proctor_results.flows.house import House
from proctor_results.flows.write_tallies import write_tallies
from proctor_results.store import health, hearing, tallies, workers
from proctor_results.store.health import STATES
from proctor_results.store.tallies import Series

__all__ = ["STATES", "Stock", "take_stock"]


@dataclass(frozen=True, kw_only=True)
class Stock:
    """`counted` has added up since the ledger was made; the rest is as it is now."""

    counted: Mapping[Series, float]
    holds: Mapping[HoldKind, int]
    deliveries: Mapping[tuple[str, ...], int]
    unrecognised: int
    oldest_undelivered: timedelta | None
    worker_silent_for: timedelta | None
    listening: bool


def take_stock(house: House, now: datetime) -> Stock:
    """Raises LedgerAway.

    This process first writes down what it has counted itself. Were it only added to the answer, the next scrape,
    answered by another process, would show less.
    """
    write_tallies(house)
    ledger = house.ledger
    return Stock(
        counted=tallies.read(ledger),
        holds=health.open_holds(ledger),
        deliveries=health.deliveries(ledger),
        unrecognised=health.unrecognised(ledger),
        oldest_undelivered=_since(health.oldest_undelivered(ledger), now),
        worker_silent_for=_since(workers.last_seen(ledger), now),
        listening=hearing.state(ledger).is_open(now),
    )


def _since(moment: datetime | None, now: datetime) -> timedelta | None:
    """As in `check_readiness`, a moment yet to come is as old as it is far away."""
    return None if moment is None else abs(now - moment)
