"""Counts and names who is being listened for and what waits, for a board that asks every few seconds.

Every question walks an index of what is so just now; nothing is counted beyond `MOST`, so that a day on which all
goes wrong costs no more than any other.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from proctor_results.database.connection import Database
from proctor_results.database.statement import Statement
from proctor_results.formats.times import from_milliseconds, to_milliseconds
from proctor_results.sessions.enums import HoldKind

COUNT_LIMIT = 20_000


@dataclass(frozen=True, kw_only=True)
class MissingHeartbeat:
    """A learner whose page has missed its beats, and whose exam will be locked at the deadline."""

    identifier: str
    student: str | None
    exam: str | None
    last_heartbeat_at: datetime
    deadline: datetime


def count_live(database: Database, deadline_after: datetime) -> int:
    """How many have a deadline so late, and so were heard from lately. Raises LedgerAway."""
    return _count(database, _COUNT_LIVE, deadline=to_milliseconds(deadline_after))


def count_missing(database: Database, latest_deadline: datetime) -> int:
    """How many have a deadline so early, and so have missed beats. Raises LedgerAway."""
    return _count(database, _COUNT_MISSING, deadline=to_milliseconds(latest_deadline))


def list_missing(
    database: Database, latest_deadline: datetime, limit: int
) -> list[MissingHeartbeat]:
    """Those of them who are locked first. Raises LedgerAway."""
    rows = database.fetch(_LIST_MISSING, deadline=to_milliseconds(latest_deadline), limit=limit)
    return [
        MissingHeartbeat(
            identifier=identifier,
            student=student,
            exam=exam,
            last_heartbeat_at=from_milliseconds(last_heartbeat_ms),
            deadline=from_milliseconds(deadline),
        )
        for identifier, student, exam, last_heartbeat_ms, deadline in rows
    ]


def count_locked(database: Database) -> tuple[int, Mapping[HoldKind, int]]:
    """How many of the newest sessions are locked, and how many holds of each kind they have. Raises LedgerAway."""
    rows = database.fetch(_COUNT_LOCKED, limit=COUNT_LIMIT)
    counts_by_kind = Counter[HoldKind]()
    for hold_kinds, session_count in rows:
        counts_by_kind.update({HoldKind(kind): session_count for kind in hold_kinds.split(",")})
    return sum(session_count for _, session_count in rows), counts_by_kind


def count_pending(database: Database) -> int:
    """How many deliveries wait, or were given up. Raises LedgerAway."""
    return _count(database, _COUNT_PENDING)


def count_failed(database: Database) -> int:
    """How many of them wait for a person. Raises LedgerAway."""
    return _count(database, _COUNT_FAILED)


def _count(database: Database, statement: Statement, **values: object) -> int:
    row_count: int = database.fetch(statement, **values, limit=COUNT_LIMIT)[0][0]
    return row_count


_COUNT_LIVE = Statement("""
SELECT COUNT(*) FROM (SELECT 1 FROM heartbeat_state WHERE deadline > :deadline LIMIT :limit) AS counted
""")

_COUNT_MISSING = Statement("""
SELECT COUNT(*) FROM (SELECT 1 FROM heartbeat_state WHERE deadline <= :deadline LIMIT :limit) AS counted
""")

_LIST_MISSING = Statement("""
SELECT heartbeat_state.identifier, session.student, session.exam, heartbeat_state.last_heartbeat_at, heartbeat_state.deadline
FROM heartbeat_state JOIN session ON session.identifier = heartbeat_state.identifier
WHERE heartbeat_state.deadline <= :deadline ORDER BY heartbeat_state.deadline LIMIT :limit
""")

# In the order of the index of those that are held, or PostgreSQL might walk all sessions to find them.
_COUNT_LOCKED = Statement("""
SELECT open_hold_kinds, COUNT(*)
FROM (SELECT open_hold_kinds FROM session WHERE open_hold_kinds <> '' ORDER BY id DESC, open_hold_kinds DESC LIMIT :limit) AS newest
GROUP BY open_hold_kinds
""")

_COUNT_PENDING = Statement("""
SELECT COUNT(*)
FROM (SELECT 1 FROM delivery WHERE delivered_revision IS NULL OR delivered_revision < desired_revision LIMIT :limit) AS counted
""")

# In the order of its own index, or SQLite would take that of all undelivered ones.
_COUNT_FAILED = Statement("""
SELECT COUNT(*) FROM (
  SELECT 1 FROM delivery WHERE next_attempt_at IS NULL AND (delivered_revision IS NULL OR delivered_revision < desired_revision)
  ORDER BY target LIMIT :limit
) AS counted
""")
