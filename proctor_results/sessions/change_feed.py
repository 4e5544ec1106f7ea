"""The change feed: every changed session, in an order that never lets a reader miss one.

Places in the feed are not given by the writers, whose transactions may commit in any order, but by the readers: a
changed session has no place until a reader, one at a time, gives out the next ones. What a reader has not seen
committed has no place yet, and so comes after all it has been shown.
"""

from proctor_results.database.connection import Database
from proctor_results.database.serialization import SESSION_COLUMNS, session_from_row
from proctor_results.database.statement import Statement
from proctor_results.sessions.model import Session


def list_changed(database: Database, after: int, limit: int) -> list[tuple[int, Session]]:
    """At most `limit` changed sessions after that place, with their places. Raises LedgerAway."""
    return [
        (row[0], session_from_row(row[1:]))
        for row in database.fetch(_LIST_CHANGED, after=after, limit=limit)
    ]


def has_unnumbered(database: Database) -> bool:
    """Whether a session has changed since places were last given out. Raises LedgerAway."""
    return bool(database.fetch(_HAS_UNNUMBERED))


def assign_positions(database: Database, limit: int) -> None:
    """Gives the next places to at most `limit` changed sessions. Call it in a transaction. Raises LedgerAway.

    The counter's row is the queue in which readers wait for each other. It never goes back: a place once shown is not
    given again, even when its session has moved on.
    """
    last_position = database.fetch(_LOCK_COUNTER)[0][0]
    database.fetch(_ASSIGN_POSITIONS, last=last_position, limit=limit)
    database.fetch(_ADVANCE_COUNTER)


_LIST_CHANGED = Statement(f"""
SELECT session.feed_position, {SESSION_COLUMNS} FROM session WHERE session.feed_position > :after ORDER BY session.feed_position LIMIT :limit
""")  # constants only

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

_ADVANCE_COUNTER = Statement(
    "UPDATE feed_counter SET last_position = (SELECT MAX(feed_position) FROM session) WHERE last_position < (SELECT MAX(feed_position) FROM session)"
)
