"""Receipts and decisions as rows, each with its digests."""

from typing import Any

from proctor_results.database.values import dump_json
from proctor_results.evidence.hash_chain import erasable_sha256, record_sha256
from proctor_results.formats.times import to_milliseconds
from proctor_results.sessions.decision import Decision
from proctor_results.sessions.receipt import Receipt
from proctor_results.sessions.rows.json_columns import dump_holds, dump_reasons

RECEIPT_COLUMNS = (
    "vendor",
    "identifier",
    "received_at",
    "key_id",
    "headers",
    "body",
    "body_sha256",
    "content_sha256",
    "result",
    "detail",
    "revision",
    "policy_sha256",
    "replay_of",
    "chain_position",
    "previous_sha256",
    "erasable_sha256",
    "record_sha256",
)
DECISION_COLUMNS = (
    "at",
    "revision",
    "outcome_before",
    "outcome",
    "opened",
    "closed",
    "reasons",
    "policy_sha256",
    "revised",
    "final_at",
    "cause",
    "actor",
    "note",
    "inputs",
    "erasable_sha256",
    "record_sha256",
)


def receipt_to_row(receipt: Receipt) -> dict[str, Any]:
    """Return the values of `RECEIPT_COLUMNS`."""
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


def decision_to_row(
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
