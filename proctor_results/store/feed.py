"""The change feed: every changed session, in an order that never lets a reader miss one.

Places in the feed are not given by the writers, whose transactions may commit in any order, but by the readers: a
changed session has no place until a reader, one at a time, gives out the next ones. What a reader has not seen
committed has no place yet, and so comes after all it has been shown.
"""

from proctor_results.domain.session import Session
from proctor_results.store.columns import SESSION, session
from proctor_results.store.ledger import Ledger
from proctor_results.store.statement import Statement


def read(ledger: Ledger, after: int, limit: int) -> list[tuple[int, Session]]:
    """At most `limit` changed sessions after that place, with their places. Raises LedgerAway."""
    return [(row[0], session(row[1:])) for row in ledger.run(_READ, after=after, limit=limit)]


def has_unplaced(ledger: Ledger) -> bool:
    """Whether a session has changed since places were last given out. Raises LedgerAway."""
    return bool(ledger.run(_UNPLACED))


def give_places(ledger: Ledger, limit: int) -> None:
    """Gives the next places to at most `limit` changed sessions. Call it in a transaction. Raises LedgerAway.

    The counter's row is the queue in which readers wait for each other. It never goes back: a place once shown is not
    given again, even when its session has moved on.
    """
    last = ledger.run(_LOCK)[0][0]
    ledger.run(_GIVE_PLACES, last=last, limit=limit)
    ledger.run(_MOVE_ON)


_READ = Statement(f"""
SELECT session.feed, {SESSION} FROM session WHERE session.feed > :after ORDER BY session.feed LIMIT :limit
""")  # noqa: S608  # constants only

_UNPLACED = Statement("SELECT 1 FROM session WHERE feed IS NULL LIMIT 1")

_LOCK = Statement("UPDATE feed SET last = last RETURNING last")

_GIVE_PLACES = Statement("""
UPDATE session SET feed = placed.place
FROM (
  SELECT id, :last + ROW_NUMBER() OVER (ORDER BY id) AS place
  FROM (SELECT id FROM session WHERE feed IS NULL ORDER BY id LIMIT :limit) AS unplaced
) AS placed
WHERE session.id = placed.id AND session.feed IS NULL
""")

_MOVE_ON = Statement(
    "UPDATE feed SET last = (SELECT MAX(feed) FROM session) WHERE last < (SELECT MAX(feed) FROM session)"
)
