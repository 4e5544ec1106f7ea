"""Finds and empties what is old, by ranges of ids, so that nothing takes long; never what is undelivered or held."""

from datetime import datetime

from proctor_results.store.columns import milliseconds
from proctor_results.store.ledger import Ledger
from proctor_results.store.statement import Statement


def last_id(ledger: Ledger, table: str) -> int:
    """How far the ids of `receipt`, `attempt` or `session` go."""
    last: int = ledger.run(_LAST[table])[0][0]
    return last


def count_bodies(ledger: Ledger, after: int, upto: int, before: datetime) -> int:
    """How many receipts of this range are older and still have their bodies."""
    return _counted(ledger, _COUNT_BODIES, after, upto, before)


def prune_bodies(ledger: Ledger, after: int, upto: int, before: datetime, now: datetime) -> int:
    """Empties those bodies; how many there were."""
    values = {"after": after, "upto": upto, "before": milliseconds(before), "now": milliseconds(now)}
    return ledger.count(_PRUNE_BODIES, **values)


def count_attempts(ledger: Ledger, after: int, upto: int, before: datetime) -> int:
    """How many attempts of this range are older, at deliveries that have arrived."""
    return _counted(ledger, _COUNT_ATTEMPTS, after, upto, before)


def prune_attempts(ledger: Ledger, after: int, upto: int, before: datetime) -> int:
    """Forgets those attempts; how many there were."""
    return ledger.count(_PRUNE_ATTEMPTS, after=after, upto=upto, before=milliseconds(before))


def old_sessions(ledger: Ledger, after: int, upto: int, before: datetime) -> list[tuple[str, bool]]:
    """The identifiers of sessions of this range that nothing has happened to since, and whether they are at rest."""
    rows = ledger.run(_OLD_SESSIONS, after=after, upto=upto, before=milliseconds(before))
    return [(identifier, not busy) for identifier, busy in rows]


def _counted(ledger: Ledger, statement: Statement, after: int, upto: int, before: datetime) -> int:
    count: int = ledger.run(statement, after=after, upto=upto, before=milliseconds(before))[0][0]
    return count


_LAST = {
    table: Statement(f"SELECT COALESCE(MAX(id), 0) FROM {table}")  # noqa: S608  # constants only
    for table in ("receipt", "attempt", "session")
}

_AWAITED = "(delivery.delivered IS NULL OR delivery.delivered < delivery.wanted)"

_BUSY = f"""
(session.held <> '' OR EXISTS (
  SELECT 1 FROM delivery WHERE delivery.session_id = session.id AND {_AWAITED}
) OR EXISTS (
  SELECT 1 FROM watch WHERE watch.identifier = session.identifier AND watch.deadline IS NOT NULL
))
"""  # noqa: S608  # as above

_BODIES = f"""
receipt.id > :after AND receipt.id <= :upto AND received_at < :before AND pruned_at IS NULL AND erased_at IS NULL
AND NOT EXISTS (SELECT 1 FROM session WHERE session.identifier = receipt.identifier AND {_BUSY})
"""  # noqa: S608  # as above

_COUNT_BODIES = Statement(f"SELECT COUNT(*) FROM receipt WHERE {_BODIES}")  # noqa: S608  # as above

_PRUNE_BODIES = Statement(
    f"UPDATE receipt SET body = CAST('' AS BLOB), pruned_at = :now WHERE {_BODIES}",  # noqa: S608  # as above
    postgresql=f"UPDATE receipt SET body = CAST('' AS bytea), pruned_at = :now WHERE {_BODIES}",  # noqa: S608  # as above
)

_ATTEMPTS = f"""
attempt.id > :after AND attempt.id <= :upto AND at < :before
AND NOT EXISTS (SELECT 1 FROM delivery WHERE delivery.id = attempt.delivery_id AND {_AWAITED})
"""  # noqa: S608  # as above

_COUNT_ATTEMPTS = Statement(f"SELECT COUNT(*) FROM attempt WHERE {_ATTEMPTS}")  # noqa: S608  # as above

_PRUNE_ATTEMPTS = Statement(f"DELETE FROM attempt WHERE {_ATTEMPTS}")  # noqa: S608  # as above

_OLD_SESSIONS = Statement(f"""
SELECT identifier, {_BUSY} FROM session
WHERE session.id > :after AND session.id <= :upto AND updated_at < :before ORDER BY id
""")  # noqa: S608  # as above
