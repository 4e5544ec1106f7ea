"""An operator looks for sessions."""

from proctor_results.flows.house import House
from proctor_results.store import listing
from proctor_results.store.listing import Listed, Page, Place, Wanted

__all__ = ["Listed", "Page", "Place", "Wanted", "find_sessions"]


def find_sessions(house: House, wanted: Wanted, after: Place | None, limit: int) -> Page:
    """At most `limit` sessions that fit, after that place. Raises LedgerAway."""
    return listing.find(house.ledger, wanted, after, limit)
