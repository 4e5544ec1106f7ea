"""Fills a page with the sessions that match a filter, within a time limit."""

from collections.abc import Callable

from proctor_results.dashboard.queries import search_store
from proctor_results.dashboard.queries.search_store import (
    Cursor,
    Page,
    SessionFilter,
    SessionListItem,
)
from proctor_results.dependencies import Dependencies

__all__ = ["Cursor", "Page", "SessionFilter", "SessionListItem", "find_sessions"]


def find_sessions(
    deps: Dependencies,
    session_filter: SessionFilter,
    cursor: Cursor | None,
    limit: int,
    time_is_up: Callable[[], bool],
) -> Page:
    """Find at most `limit` matching sessions after the cursor. Raises DatabaseUnavailable.

    The search scans on until the page is full or `time_is_up`; then the page has a cursor.
    """
    page = search_store.search(deps.database, session_filter, cursor, limit)
    items = {item.session.identifier: item for item in page.items}
    while page.next_cursor and len(items) < limit and not time_is_up():
        page = search_store.search(
            deps.database, session_filter, page.next_cursor, limit - len(items)
        )
        items |= {item.session.identifier: item for item in page.items}
    return Page(items=tuple(items.values()), next_cursor=page.next_cursor)
