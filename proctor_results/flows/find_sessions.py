"""An operator looks for sessions."""

from collections.abc import Callable

from proctor_results.flows.house import House
from proctor_results.store import listing
from proctor_results.store.listing import Listed, Page, Place, Wanted

__all__ = ["Listed", "Page", "Place", "Wanted", "find_sessions"]


def find_sessions(house: House, wanted: Wanted, after: Place | None, limit: int, enough: Callable[[], bool]) -> Page:
    """At most `limit` sessions that fit, after that place. Raises LedgerAway.

    It looks on until the page is full, or `enough` says that it took long enough: then the page has a `next`.
    """
    page = listing.find(house.ledger, wanted, after, limit)
    found = {listed.session.identifier: listed for listed in page.found}
    while page.next and len(found) < limit and not enough():
        page = listing.find(house.ledger, wanted, page.next, limit - len(found))
        found |= {listed.session.identifier: listed for listed in page.found}
    return Page(found=tuple(found.values()), next=page.next)
