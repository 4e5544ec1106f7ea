"""An operator looks into a session: all that is known about it, in one place."""

from dataclasses import dataclass

from proctor_results.dashboard.queries import history_store
from proctor_results.dashboard.queries.history_store import (
    DeliverySummary,
    ReceiptSummary,
    ReceiptWithBody,
    Totals,
)
from proctor_results.deliveries.model import Attempt
from proctor_results.dependencies import Dependencies
from proctor_results.explanations import store as explanation_store
from proctor_results.explanations.store import DecisionWithReceipt
from proctor_results.heartbeats import store as heartbeat_store
from proctor_results.heartbeats.store import HeartbeatState
from proctor_results.policies.model import ExamPolicy
from proctor_results.sessions import repository
from proctor_results.sessions.model import Session

__all__ = [
    "Attempt",
    "DecisionWithReceipt",
    "DeliverySummary",
    "ReceiptSummary",
    "ReceiptWithBody",
    "SessionDetails",
    "get_receipt",
    "get_session_details",
]

PAGE_SIZE = 200
"""So many receipts, decisions and attempts are shown, the newest ones."""


@dataclass(frozen=True, kw_only=True)
class SessionDetails:
    """A session with the policy of its exam, how it is listened for, what came in, was decided, and was told.

    Of the latter it has the newest, and says of how many.
    """

    session: Session
    policy: ExamPolicy
    heartbeat_state: HeartbeatState | None
    decisions: tuple[DecisionWithReceipt, ...]
    receipts: tuple[ReceiptSummary, ...]
    deliveries: tuple[DeliverySummary, ...]
    totals: Totals


def get_session_details(deps: Dependencies, identifier: str) -> SessionDetails | None:
    """None where there is no such session. Raises LedgerAway."""
    session = repository.get(deps.database, identifier)
    if session is None:
        return None
    return SessionDetails(
        session=session,
        policy=deps.policy.for_session(session),
        heartbeat_state=heartbeat_store.get(deps.database, identifier),
        decisions=tuple(explanation_store.list_newest(deps.database, identifier, PAGE_SIZE)),
        receipts=tuple(history_store.list_receipts(deps.database, identifier, PAGE_SIZE)),
        deliveries=tuple(history_store.list_deliveries(deps.database, identifier, PAGE_SIZE)),
        totals=history_store.count_totals(deps.database, identifier),
    )


def get_receipt(deps: Dependencies, identifier: str, receipt_id: int) -> ReceiptWithBody | None:
    """What came in by that receipt of the session. Raises LedgerAway."""
    return history_store.get_receipt(deps.database, identifier, receipt_id)
