"""Loads what needs attention on an exam day, for a page that refreshes every few seconds.

Every statement uses an index of current states only, and counts no further than `COUNT_LIMIT`, so
that a day with many problems costs no more than any other.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from proctor_results.dashboard.queries import search_store
from proctor_results.dashboard.queries.search_store import SessionFilter, SessionListItem
from proctor_results.database.connection import Database
from proctor_results.database.models import HeartbeatState, Session
from proctor_results.database.statement import Statement
from proctor_results.deliveries.manage import list_pending, target_states
from proctor_results.deliveries.model import TargetState
from proctor_results.dependencies import Dependencies
from proctor_results.formats.times import to_milliseconds
from proctor_results.metrics.readiness import Readiness, check_readiness
from proctor_results.sessions.enums import HoldKind

COUNT_LIMIT = 20_000
ROWS_PER_LIST = 10


@dataclass(frozen=True, kw_only=True)
class Overview:
    """Counts up to `COUNT_LIMIT`, and the first rows of each list.

    `locked_count` and `hold_kind_counts` are about the newest locked sessions. `longest_missing`
    has rows of `_list_missing`, `longest_pending` those of `list_pending`.
    """

    live_count: int
    missing_count: int
    pending_count: int
    failed_count: int
    locked_count: int
    hold_kind_counts: Mapping[HoldKind, int]
    longest_missing: tuple[Any, ...]
    newest_locked: tuple[SessionListItem, ...]
    longest_pending: tuple[Any, ...]
    targets: Mapping[str, TargetState]
    readiness: Readiness


def load_overview(deps: Dependencies, now: datetime) -> Overview:
    """A session misses heartbeats after two intervals without one. Raises DatabaseUnavailable."""
    database, locked = deps.database, SessionFilter(hold="any")
    recent_deadline = deps.heartbeat_config.deadline(now - 2 * deps.heartbeat_config.interval)
    live, missing, pending, failed = _count(database, recent_deadline)
    locked_count, hold_kind_counts = _count_locked(database)
    return Overview(
        live_count=live,
        missing_count=missing,
        pending_count=pending,
        failed_count=failed,
        locked_count=locked_count,
        hold_kind_counts=hold_kind_counts,
        longest_missing=tuple(_list_missing(database, recent_deadline)),
        newest_locked=search_store.search(database, locked, None, ROWS_PER_LIST).items,
        longest_pending=tuple(list_pending(deps, ROWS_PER_LIST)),
        targets=target_states(deps),
        readiness=check_readiness(deps, now),
    )


def _count(database: Database, recent_deadline: datetime) -> tuple[int, ...]:
    deadline = to_milliseconds(recent_deadline)
    return database.fetch(_COUNT, deadline=deadline, limit=COUNT_LIMIT)[0]


def _count_locked(database: Database) -> tuple[int, Mapping[HoldKind, int]]:
    rows = database.fetch(_COUNT_LOCKED, limit=COUNT_LIMIT)
    counts_by_kind = Counter[HoldKind]()
    for hold_kinds, session_count in rows:
        counts_by_kind.update({HoldKind(kind): session_count for kind in hold_kinds.split(",")})
    return sum(session_count for _, session_count in rows), counts_by_kind


def _list_missing(database: Database, recent_deadline: datetime) -> list[Any]:
    columns = (Session.identifier, Session.student, HeartbeatState.last_heartbeat_at)
    query = HeartbeatState.select(*columns, HeartbeatState.deadline)
    query = query.join(Session, on=(Session.identifier == HeartbeatState.identifier))
    query = query.where(HeartbeatState.deadline <= recent_deadline)
    earliest = query.order_by(HeartbeatState.deadline).limit(ROWS_PER_LIST)
    return database.select(earliest.namedtuples())


# Failed deliveries in the order of their own index: SQLite would use that of all pending ones.
_COUNT = Statement("""
SELECT
  (SELECT COUNT(*) FROM (
    SELECT 1 FROM heartbeat_state WHERE deadline > :deadline LIMIT :limit
  ) AS live),
  (SELECT COUNT(*) FROM (
    SELECT 1 FROM heartbeat_state WHERE deadline <= :deadline LIMIT :limit
  ) AS missing),
  (SELECT COUNT(*) FROM (
    SELECT 1 FROM delivery
    WHERE delivered_revision IS NULL OR delivered_revision < desired_revision LIMIT :limit
  ) AS pending),
  (SELECT COUNT(*) FROM (
    SELECT 1 FROM delivery
    WHERE next_attempt_at IS NULL
      AND (delivered_revision IS NULL OR delivered_revision < desired_revision)
    ORDER BY target LIMIT :limit
  ) AS failed)
""")

# In the order of the index of locked sessions: PostgreSQL might read all sessions to find them.
_COUNT_LOCKED = Statement("""
SELECT open_hold_kinds, COUNT(*)
FROM (
  SELECT open_hold_kinds FROM session WHERE open_hold_kinds <> ''
  ORDER BY id DESC, open_hold_kinds DESC LIMIT :limit
) AS newest
GROUP BY open_hold_kinds
""")
