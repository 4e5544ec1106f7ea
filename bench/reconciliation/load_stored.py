"""Loads the stored data, and evaluates all of it again."""

from typing import Any

from bench.reconciliation.data import ReevaluatedHistory, StoredData, StoredReceiptRow
from proctor_results.database.connection import Database
from proctor_results.database.statement import Statement
from proctor_results.deliveries.manage import list_pending
from proctor_results.dependencies import Dependencies
from proctor_results.explanations.list_decisions import DecisionWithReceipt, list_decisions
from proctor_results.explanations.reevaluate import CannotReevaluate
from proctor_results.explanations.reevaluate_session import reevaluate_session
from proctor_results.policies import load as policy_load
from proctor_results.sessions import rows as session_rows
from proctor_results.sessions.enums import ReceiptResult
from proctor_results.sessions.model import Session
from proctor_results.vendors.registry import build_vendors
from proctor_results.vendors.supervisor.settings import SupervisorSettings

NO_LIMIT = 1_000_000


def load_stored_data(database: Database) -> StoredData:
    """Load everything. Raises DatabaseUnavailable."""
    deps = Dependencies(
        database=database,
        policy=policy_load.default_policy(),
        vendors=build_vendors({"supervisor": SupervisorSettings()}),
        read_policy=policy_load.parse_policy,
    )
    sessions = {
        session.identifier: session
        for session in map(session_rows.session_from_row, database.fetch(_SESSIONS))
    }
    decisions_by_session = {
        identifier: list_decisions(database, identifier) for identifier in sessions
    }
    return StoredData(
        sessions=sessions,
        receipts=[_receipt_from_row(*row) for row in database.fetch(_RECEIPTS)],
        decisions={
            identifier: [stored_decision.decision for stored_decision in session_decisions]
            for identifier, session_decisions in decisions_by_session.items()
        },
        histories={
            session.identifier: _reevaluate(deps, session, decisions_by_session[session.identifier])
            for session in sessions.values()
        },
        pending_deliveries=[
            _describe_delivery(delivery) for delivery in list_pending(deps, NO_LIMIT)
        ],
        heartbeat_counts=dict(database.fetch(_HEARTBEAT_COUNTS)),
    )


def _receipt_from_row(
    identifier: str | None, body: Any, content_sha256: str | None, result: str
) -> StoredReceiptRow:
    return StoredReceiptRow(
        identifier=identifier,
        body=bytes(body),
        content_sha256=content_sha256,
        result=ReceiptResult(result),
    )


def _reevaluate(
    deps: Dependencies, session: Session, stored_decisions: list[DecisionWithReceipt]
) -> ReevaluatedHistory:
    states = [
        Session(identifier=session.identifier, vendor=session.vendor, updated_at=session.updated_at)
    ]
    reevaluated_decisions, error_text = [], ""
    try:
        for event in reevaluate_session(deps, session, stored_decisions):
            states += [event.session] if event.event.changed_session else []
            reevaluated_decisions += [event.decision] if event.decision else []
    except CannotReevaluate as error:
        error_text = str(error)
    return ReevaluatedHistory(states=states, decisions=reevaluated_decisions, error=error_text)


def _describe_delivery(delivery: Any) -> str:
    state = (
        "failed"
        if delivery.next_attempt_at is None
        else f"due at {delivery.next_attempt_at:%H:%M:%S}"
    )
    last_detail = delivery.last_detail or "not tried yet"
    return (
        f"{delivery.identifier}.{delivery.topic}.{delivery.desired_revision} to {delivery.target}: "
        f"{state} ({last_detail})"
    )


_SESSIONS = Statement(
    f"SELECT {session_rows.SESSION_COLUMNS} FROM session ORDER BY id"
)  # constants only
_RECEIPTS = Statement("SELECT identifier, body, content_sha256, result FROM receipt ORDER BY id")
_HEARTBEAT_COUNTS = Statement("SELECT identifier, heartbeat_count FROM heartbeat_state")
