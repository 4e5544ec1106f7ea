"""Writes the rows of a change set: on SQLite by several statements, on PostgreSQL by one."""

from collections.abc import Mapping
from typing import Any

import peewee

from proctor_results.database.connection import Database
from proctor_results.database.values import dump_json
from proctor_results.evidence import rows
from proctor_results.evidence.hash_chain import erasable_sha256, record_sha256
from proctor_results.formats.times import to_milliseconds
from proctor_results.sessions.decision import ChangeSet, Decision
from proctor_results.sessions.model import Session
from proctor_results.sessions.receipt import Receipt
from proctor_results.sessions.rows import dump_holds, dump_reasons, session_to_row
from proctor_results.sessions.store import save_sql


def write_change_set(database: Database, change_set: ChangeSet) -> bool:
    """Write the rows, or nothing: False where the session or its chain has changed meanwhile."""
    session, receipt = change_set.session, change_set.receipt
    if session is None:
        return receipt is None or _save_receipt_only(database, receipt)
    save_rows = _save_by_statements if database.is_sqlite else _save_by_one_statement
    return save_rows(database, change_set, _parameters(change_set, session))


def insert_receipt(database: Database, receipt: Receipt) -> int:
    """Insert a receipt that is in no chain; return its id."""
    receipt_id: int = database.fetch(save_sql.INSERT_RECEIPT, **_receipt_values(receipt))[0][0]
    return receipt_id


def _receipt_values(receipt: Receipt) -> dict[str, object]:
    return {f"receipt_{name}": value for name, value in _receipt_to_row(receipt).items()}


def _save_receipt_only(database: Database, receipt: Receipt) -> bool:
    values = _receipt_values(receipt)
    if database.is_sqlite and receipt.identifier:
        database.fetch(save_sql.COUNT_RECEIPT, **values)
    return bool(database.fetch(save_sql.INSERT_RECEIPT_ONLY, **values))


def _parameters(change_set: ChangeSet, session: Session) -> dict[str, object]:
    receipt, decision = change_set.receipt, change_set.decision
    receipt_row = _receipt_to_row(receipt) if receipt else _NO_RECEIPT
    decision_row = (
        _decision_to_row(decision, session.identifier, receipt_row["record_sha256"])
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


def _receipt_to_row(receipt: Receipt) -> dict[str, Any]:
    """Return the values of `RECEIPT_COLUMNS`, with the digests of the receipt."""
    request, chain_head = receipt.request, receipt.chain_head
    row = {
        "vendor": request.vendor,
        "identifier": receipt.identifier,
        "received_at": to_milliseconds(request.received_at),
        "key_id": request.key_id,
        "headers": dump_json(request.headers),
        "body": request.body,
        "body_sha256": request.body_sha256,
        "content_sha256": receipt.content_sha256,
        "result": receipt.result,
        "detail": receipt.detail,
        "revision": receipt.revision,
        "policy_sha256": receipt.policy_sha256,
        "replay_of": receipt.replay_of,
        "chain_position": chain_head.position + 1 if chain_head else None,
        "previous_sha256": chain_head.record_sha256 if chain_head else None,
    }
    row["erasable_sha256"] = erasable_sha256("receipt", row)
    row["record_sha256"] = record_sha256("receipt", row)
    return row


def _decision_to_row(
    decision: Decision, identifier: str, receipt_sha256: str | None
) -> dict[str, Any]:
    """Return the values of `DECISION_COLUMNS`, of `identifier` and of `receipt_sha256`."""
    row = {
        "identifier": identifier,
        "receipt_sha256": receipt_sha256,
        "at": to_milliseconds(decision.at),
        "revision": decision.revision,
        "outcome_before": decision.outcome_before,
        "outcome": decision.outcome,
        "opened": dump_holds(decision.opened),
        "closed": dump_holds(decision.closed),
        "reasons": dump_reasons(decision.reasons),
        "policy_sha256": decision.policy_sha256,
        "revised": decision.revised,
        "final_at": None if decision.final_at is None else to_milliseconds(decision.final_at),
        "cause": decision.source.cause,
        "actor": decision.source.actor,
        "note": decision.source.note,
        "inputs": dump_json(decision.source.inputs),
    }
    row["erasable_sha256"] = erasable_sha256("decision", row)
    row["record_sha256"] = record_sha256("decision", row)
    return row
