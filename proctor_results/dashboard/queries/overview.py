"""An operator watches an exam day: who is there, who has fallen silent, what is locked, what could not be told."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from proctor_results.dashboard.queries import overview_store, search_store
from proctor_results.dashboard.queries.overview_store import COUNT_LIMIT, MissingHeartbeat
from proctor_results.dashboard.queries.search_store import SessionFilter, SessionListItem
from proctor_results.deliveries.manage import list_pending, target_states
from proctor_results.deliveries.model import PendingDelivery, TargetState
from proctor_results.dependencies import Dependencies
from proctor_results.metrics.readiness import Readiness, check_readiness
from proctor_results.sessions.enums import HoldKind

__all__ = ["COUNT_LIMIT", "Overview", "load_overview"]

ROWS_PER_LIST = 10
"""So many of each are named; the rest are counted."""


@dataclass(frozen=True, kw_only=True)
class Overview:
    """Numbers, of which none goes beyond `MOST`, and the first of each by name.

    `live` pages were heard from within two beats, `quiet` ones were not and will be locked; `locked` exams are those
    of the newest sessions, `kinds` their holds. `undelivered` deliveries wait; `given_up` ones wait for a person.
    """

    live_count: int
    missing_heartbeats: int
    locked_count: int
    hold_kind_counts: Mapping[HoldKind, int]
    pending_count: int
    failed_count: int
    longest_missing: tuple[MissingHeartbeat, ...]
    newest_locked: tuple[SessionListItem, ...]
    longest_pending: tuple[PendingDelivery, ...]
    targets: Mapping[str, TargetState]
    readiness: Readiness


def load_overview(deps: Dependencies, now: datetime) -> Overview:
    """The day as it is now. Raises LedgerAway."""
    database = deps.database
    recent_deadline = deps.heartbeat_config.deadline(now - 2 * deps.heartbeat_config.interval)
    locked_count, hold_kind_counts = overview_store.count_locked(database)
    return Overview(
        live_count=overview_store.count_live(database, recent_deadline),
        missing_heartbeats=overview_store.count_missing(database, recent_deadline),
        locked_count=locked_count,
        hold_kind_counts=hold_kind_counts,
        pending_count=overview_store.count_pending(database),
        failed_count=overview_store.count_failed(database),
        longest_missing=tuple(
            overview_store.list_missing(database, recent_deadline, ROWS_PER_LIST)
        ),
        newest_locked=search_store.search(
            database, SessionFilter(hold="any"), None, ROWS_PER_LIST
        ).items,
        longest_pending=tuple(list_pending(deps, ROWS_PER_LIST)),
        targets=target_states(deps),
        readiness=check_readiness(deps, now),
    )
