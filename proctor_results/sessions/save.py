"""Saves one step of a session: receipt, next revision, decision and due deliveries, or nothing."""

from collections.abc import Mapping

import peewee

from proctor_results.database.connection import Database, WriteConflict
from proctor_results.dependencies import Dependencies
from proctor_results.evidence import rows
from proctor_results.logs import request_id
from proctor_results.policies import store as policy_store
from proctor_results.sessions.decision import ChangeSet, DecisionSource
from proctor_results.sessions.model import Session
from proctor_results.sessions.receipt import Receipt
from proctor_results.sessions.rules.decide import (
    build_decision,
    changed_topics,
    start_finality_window,
)
from proctor_results.sessions.store import save_sql
from proctor_results.sessions.store.rows import session_to_row


def ensure_policy_stored(deps: Dependencies) -> None:
    """Store the policy before the first decision of this process. Raises DatabaseUnavailable."""
    if deps.policy.sha256 not in deps.database.stored_policies:
        policy_store.insert(deps.database, deps.policy)
        deps.database.stored_policies.add(deps.policy.sha256)


def build_change_set(
    deps: Dependencies,
    before: Session,
    after: Session,
    source: DecisionSource,
    receipt: Receipt | None = None,
) -> ChangeSet:
    """Return all that the step from one revision to the next stores."""
    after = start_finality_window(before, after, deps.outcome_final_after)
    topics = changed_topics(before if before.revision else None, after)
    return ChangeSet(
        receipt=receipt,
        session=after,
        decision=build_decision(before, after, deps.policy.sha256, source),
        due_deliveries=tuple(
            (target.name, topic)
            for target in deps.targets
            for topic in topics
            if topic in target.topics
        ),
        request_id=request_id.current(),
    )


def save(deps: Dependencies, change_set: ChangeSet) -> ChangeSet:
    """Write the change set, and count it. Call it in `Database.run_write`, or in a transaction.

    Raises WriteConflict, with nothing written, where the session is not the revision that was read,
    or the receipt does not follow the newest of its chain. Raises DatabaseUnavailable.
    """
    database, session, receipt = deps.database, change_set.session, change_set.receipt
    if session is None:
        is_saved = receipt is None or _save_receipt_only(database, receipt)
    elif database.is_sqlite:
        is_saved = _save_by_statements(database, change_set, _parameters(change_set, session))
    else:
        is_saved = _save_by_one_statement(database, change_set, _parameters(change_set, session))
    if not is_saved:
        raise WriteConflict
    deps.counters.count_change_set(change_set)
    return change_set


def save_unchained(deps: Dependencies, receipt: Receipt) -> int:
    """Write a receipt of no session; return its id. Raises DatabaseUnavailable."""
    values = {f"receipt_{name}": value for name, value in rows.receipt_to_row(receipt).items()}
    receipt_id: int = deps.database.fetch(save_sql.INSERT_RECEIPT, **values)[0][0]
    deps.counters.count_change_set(ChangeSet(receipt=receipt))
    return receipt_id


def _save_receipt_only(database: Database, receipt: Receipt) -> bool:
    values = {f"receipt_{name}": value for name, value in rows.receipt_to_row(receipt).items()}
    if database.is_sqlite and receipt.identifier:
        database.fetch(save_sql.COUNT_RECEIPT, **values)
    return bool(database.fetch(save_sql.INSERT_RECEIPT_ONLY, **values))


def _parameters(change_set: ChangeSet, session: Session) -> dict[str, object]:
    receipt, decision = change_set.receipt, change_set.decision
    receipt_row = rows.receipt_to_row(receipt) if receipt else _NO_RECEIPT
    decision_row = (
        rows.decision_to_row(decision, session.identifier, receipt_row["record_sha256"])
        if decision
        else _NO_DECISION
    )
    return {
        **session_to_row(session),
        **{f"receipt_{name}": value for name, value in receipt_row.items()},
        **{f"decision_{name}": value for name, value in decision_row.items()},
        "base_revision": session.revision - 1,
        "has_receipt": receipt is not None,
        "has_decision": decision is not None,
        "request_id": change_set.request_id,
    }


_NO_RECEIPT = dict.fromkeys(rows.RECEIPT_COLUMNS)
_NO_DECISION = dict.fromkeys(rows.DECISION_COLUMNS)


def _save_by_statements(
    database: Database, change_set: ChangeSet, values: Mapping[str, object]
) -> bool:
    session_rows = database.fetch(save_sql.SAVE_SESSION, **values)
    if not session_rows:
        return False
    has_receipt = change_set.receipt is not None
    receipt_id = database.fetch(save_sql.INSERT_RECEIPT, **values)[0][0] if has_receipt else None
    ids = {"session_id": session_rows[0][0], "receipt_id": receipt_id}
    if change_set.decision:
        database.fetch(save_sql.INSERT_DECISION, **values, **ids)
    for target, topic in change_set.due_deliveries:
        database.fetch(save_sql.SAVE_DELIVERY, **values, **ids, target=target, topic=topic)
    return True


def _save_by_one_statement(
    database: Database, change_set: ChangeSet, values: Mapping[str, object]
) -> bool:
    targets = [target for target, _ in change_set.due_deliveries]
    topics = [str(topic) for _, topic in change_set.due_deliveries]
    try:
        saved = database.fetch(
            save_sql.SAVE_ALL_POSTGRESQL, **values, targets=targets, topics=topics
        )
    except peewee.IntegrityError as error:
        if "receipt_chain_position" in str(error):
            return False
        raise
    return bool(saved)
