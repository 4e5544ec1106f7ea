"""The change feed: every changed session, in an order that never lets a reader miss one.

Writers assign no positions, because their transactions may commit in any order. A changed session
has no position until a reader, one at a time, assigns the next ones. So what a reader has not seen
committed comes after all that it has seen.
"""

from proctor_results.database.connection import Database
from proctor_results.database.statement import Statement
from proctor_results.dependencies import Dependencies
from proctor_results.sessions.model import Session
from proctor_results.sessions.rows import SESSION_COLUMNS, session_from_row


def list_changes(deps: Dependencies, after_position: int, limit: int) -> list[tuple[int, Session]]:
    """Return at most `limit` changed sessions with their positions, each as it is now.

    Raises DatabaseUnavailable.
    """
    database = deps.database
    if database.fetch(_HAS_UNNUMBERED):
        with database.transaction():
            assign_positions(database, limit)
    rows = database.fetch(_LIST_CHANGED, after=after_position, limit=limit)
    return [(row[0], session_from_row(row[1:])) for row in rows]


def assign_positions(database: Database, limit: int) -> None:
    """Give the next positions to at most `limit` changed sessions.

    Readers wait for each other at the counter's row. The counter never goes back: a position that
    was shown is not given again, even when its session has moved on.
    """
    last_position = database.fetch(_LOCK_COUNTER)[0][0]
    database.fetch(_ASSIGN_POSITIONS, last=last_position, limit=limit)
    database.fetch(_ADVANCE_COUNTER)


_LIST_CHANGED = Statement(f"""
SELECT session.feed_position, {SESSION_COLUMNS} FROM session
WHERE session.feed_position > :after ORDER BY session.feed_position LIMIT :limit
""")

_HAS_UNNUMBERED = Statement("SELECT 1 FROM session WHERE feed_position IS NULL LIMIT 1")

_LOCK_COUNTER = Statement(
    "UPDATE feed_counter SET last_position = last_position RETURNING last_position"
)

_ASSIGN_POSITIONS = Statement("""
UPDATE session SET feed_position = numbered.position
FROM (
  SELECT id, :last + ROW_NUMBER() OVER (ORDER BY id) AS position
  FROM (SELECT id FROM session WHERE feed_position IS NULL ORDER BY id LIMIT :limit) AS unnumbered
) AS numbered
WHERE session.id = numbered.id AND session.feed_position IS NULL
""")

_ADVANCE_COUNTER = Statement("""
UPDATE feed_counter SET last_position = (SELECT MAX(feed_position) FROM session)
WHERE last_position < (SELECT MAX(feed_position) FROM session)
""")
