"""The LMS asks what has changed since it last asked."""

from proctor_results.dependencies import Dependencies
from proctor_results.sessions import change_feed
from proctor_results.sessions.model import Session


def list_changes(deps: Dependencies, after_position: int, limit: int) -> list[tuple[int, Session]]:
    """At most `limit` changed sessions with their places in the feed, each as it is now. Raises LedgerAway."""
    if change_feed.has_unnumbered(deps.database):
        with deps.database.transaction():
            change_feed.assign_positions(deps.database, limit)
    return change_feed.list_changed(deps.database, after_position, limit)
