"""Finds and empties what is old, by ranges of ids, so that nothing takes long; never what is undelivered or held."""

from datetime import datetime

from proctor_results.database.connection import Database
from proctor_results.database.statement import Statement
from proctor_results.database.values import to_milliseconds


def last_id(database: Database, table: str) -> int:
    """How far the ids of `receipt`, `attempt` or `session` go."""
    highest_id: int = database.fetch(_LAST_ID[table])[0][0]
    return highest_id


def count_bodies(database: Database, after: int, up_to: int, before: datetime) -> int:
    """How many receipts of this range are older and still have their bodies."""
    return _count(database, _COUNT_BODIES, after, up_to, before)


def prune_bodies(
    database: Database, after: int, up_to: int, before: datetime, now: datetime
) -> int:
    """Empties those bodies; how many there were."""
    values = {
        "after": after,
        "upto": up_to,
        "before": to_milliseconds(before),
        "now": to_milliseconds(now),
    }
    return database.execute(_PRUNE_BODIES, **values)


def count_attempts(database: Database, after: int, up_to: int, before: datetime) -> int:
    """How many attempts of this range are older, at deliveries that have arrived."""
    return _count(database, _COUNT_ATTEMPTS, after, up_to, before)


def prune_attempts(database: Database, after: int, up_to: int, before: datetime) -> int:
    """Forgets those attempts; how many there were."""
    return database.execute(
        _PRUNE_ATTEMPTS, after=after, upto=up_to, before=to_milliseconds(before)
    )


def list_old_sessions(
    database: Database, after: int, up_to: int, before: datetime
) -> list[tuple[str, bool]]:
    """The identifiers of sessions of this range that nothing has happened to since, and whether they are at rest."""
    rows = database.fetch(_OLD_SESSIONS, after=after, upto=up_to, before=to_milliseconds(before))
    return [(identifier, not is_active) for identifier, is_active in rows]


def _count(
    database: Database, statement: Statement, after: int, up_to: int, before: datetime
) -> int:
    count: int = database.fetch(statement, after=after, upto=up_to, before=to_milliseconds(before))[
        0
    ][0]
    return count


_LAST_ID = {
    table: Statement(f"SELECT COALESCE(MAX(id), 0) FROM {table}")  # constants only
    for table in ("receipt", "attempt", "session")
}

_IS_PENDING = "(delivery.delivered_revision IS NULL OR delivery.delivered_revision < delivery.desired_revision)"

_IS_ACTIVE = f"""
(session.open_hold_kinds <> '' OR EXISTS (
  SELECT 1 FROM delivery WHERE delivery.session_id = session.id AND {_IS_PENDING}
) OR EXISTS (
  SELECT 1 FROM heartbeat_state WHERE heartbeat_state.identifier = session.identifier AND heartbeat_state.deadline IS NOT NULL
))
"""  # as above

_PRUNABLE_BODIES = f"""
receipt.id > :after AND receipt.id <= :upto AND received_at < :before AND pruned_at IS NULL AND erased_at IS NULL
AND NOT EXISTS (SELECT 1 FROM session WHERE session.identifier = receipt.identifier AND {_IS_ACTIVE})
"""  # as above

_COUNT_BODIES = Statement(f"SELECT COUNT(*) FROM receipt WHERE {_PRUNABLE_BODIES}")  # as above

_PRUNE_BODIES = Statement(
    f"UPDATE receipt SET body = CAST('' AS BLOB), pruned_at = :now WHERE {_PRUNABLE_BODIES}",  # as above
    postgresql=f"UPDATE receipt SET body = CAST('' AS bytea), pruned_at = :now WHERE {_PRUNABLE_BODIES}",  # as above
)

_PRUNABLE_ATTEMPTS = f"""
attempt.id > :after AND attempt.id <= :upto AND at < :before
AND NOT EXISTS (SELECT 1 FROM delivery WHERE delivery.id = attempt.delivery_id AND {_IS_PENDING})
"""  # as above

_COUNT_ATTEMPTS = Statement(f"SELECT COUNT(*) FROM attempt WHERE {_PRUNABLE_ATTEMPTS}")  # as above

_PRUNE_ATTEMPTS = Statement(f"DELETE FROM attempt WHERE {_PRUNABLE_ATTEMPTS}")  # as above

_OLD_SESSIONS = Statement(f"""
SELECT identifier, {_IS_ACTIVE} FROM session
WHERE session.id > :after AND session.id <= :upto AND updated_at < :before ORDER BY id
""")  # as above
