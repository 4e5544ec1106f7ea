"""Reads everything that is known about one session: its state, policy and history."""

from dataclasses import dataclass

from proctor_results.dashboard.queries import history_store
from proctor_results.dashboard.queries.history_store import HistoryRow
from proctor_results.dependencies import Dependencies
from proctor_results.explanations.list_decisions import DecisionWithReceipt, list_newest_decisions
from proctor_results.heartbeats import store as heartbeat_store
from proctor_results.heartbeats.store import HeartbeatState
from proctor_results.policies.model import ExamPolicy
from proctor_results.sessions import repository
from proctor_results.sessions.model import Session

PAGE_SIZE = 200
"""A page shows this many receipts, decisions and attempts, the newest ones."""


@dataclass(frozen=True, kw_only=True)
class SessionDetails:
    """A session with the policy of its exam, its heartbeat state and its newest history.

    Deliveries are pairs of a row and its attempts, the newest first. `totals` counts all receipts,
    decisions and attempts.
    """

    session: Session
    policy: ExamPolicy
    heartbeat_state: HeartbeatState | None
    decisions: tuple[DecisionWithReceipt, ...]
    receipts: tuple[HistoryRow, ...]
    deliveries: tuple[tuple[HistoryRow, tuple[HistoryRow, ...]], ...]
    totals: dict[str, int]


def get_session_details(deps: Dependencies, identifier: str) -> SessionDetails | None:
    """Return None if there is no such session. Raises DatabaseUnavailable."""
    database, session = deps.database, repository.get(deps.database, identifier)
    if session is None:
        return None
    return SessionDetails(
        session=session,
        policy=deps.policy.for_session(session),
        heartbeat_state=heartbeat_store.get(database, identifier),
        decisions=tuple(list_newest_decisions(database, identifier, PAGE_SIZE)),
        receipts=tuple(history_store.list_receipts(database, identifier, PAGE_SIZE)),
        deliveries=tuple(history_store.list_deliveries(database, identifier, PAGE_SIZE)),
        totals=history_store.count_totals(database, identifier),
    )


def get_receipt(deps: Dependencies, identifier: str, receipt_id: int) -> HistoryRow | None:
    """Return the receipt with its headers and body. Raises DatabaseUnavailable.

    Return None if the session has no such receipt.
    """
    return history_store.get_receipt(deps.database, identifier, receipt_id)
