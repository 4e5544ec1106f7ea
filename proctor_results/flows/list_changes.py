"""The LMS asks what has changed since it last asked."""

from proctor_results.domain.session import Session
from proctor_results.flows.house import House
from proctor_results.store import feed


def list_changes(house: House, after: int, limit: int) -> list[tuple[int, Session]]:
    """At most `limit` changed sessions with their places in the feed, each as it is now. Raises LedgerAway."""
    if feed.has_unplaced(house.ledger):
        with house.ledger.transaction():
            feed.give_places(house.ledger, limit)
    return feed.read(house.ledger, after, limit)
