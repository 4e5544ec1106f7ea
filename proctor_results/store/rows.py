"""The rows of the ledger that are evidence, each with its digests."""

from typing import Any

from proctor_results.domain.decision import Decision
from proctor_results.domain.evidence import decision_digest, decision_particulars, receipt_digest, receipt_particulars
from proctor_results.domain.receipt import Receipt
from proctor_results.store.columns import holds_text, json_text, milliseconds, reasons_text

RECEIPT = (
    *("vendor", "identifier", "received_at", "key_id", "headers", "body", "sha256", "content", "verdict", "detail"),
    *("revision", "policy_sha256", "replay_of", "place", "previous", "particulars", "digest"),
)
DECISION = (
    *("at", "revision", "outcome_before", "outcome", "opened", "closed", "reasons", "policy_sha256", "revised"),
    *("settles_at", "cause", "actor", "note", "said", "particulars", "digest"),
)


def of_receipt(receipt: Receipt) -> dict[str, Any]:
    """The values of a receipt's columns."""
    request, previous = receipt.request, receipt.previous
    row = {
        "vendor": request.vendor,
        "identifier": receipt.identifier,
        "received_at": milliseconds(request.received_at),
        "key_id": request.key_id,
        "headers": json_text(request.headers),
        "body": request.body,
        "sha256": request.sha256,
        "content": receipt.content,
        "verdict": receipt.verdict,
        "detail": receipt.detail,
        "revision": receipt.revision,
        "policy_sha256": receipt.policy_sha256,
        "replay_of": receipt.replay_of,
        "place": previous.place + 1 if previous else None,
        "previous": previous.digest if previous else None,
    }
    row["particulars"] = receipt_particulars(row)
    row["digest"] = receipt_digest(row)
    return row


def of_decision(decision: Decision, identifier: str, receipt: str | None) -> dict[str, Any]:
    """The values of a decision's columns, and beside them the session's `identifier` and the receipt's digest."""
    row = {
        "identifier": identifier,
        "receipt": receipt,
        "at": milliseconds(decision.at),
        "revision": decision.revision,
        "outcome_before": decision.outcome_before,
        "outcome": decision.outcome,
        "opened": holds_text(decision.opened),
        "closed": holds_text(decision.closed),
        "reasons": reasons_text(decision.reasons),
        "policy_sha256": decision.policy_sha256,
        "revised": decision.revised,
        "settles_at": None if decision.settles_at is None else milliseconds(decision.settles_at),
        "cause": decision.by.cause,
        "actor": decision.by.actor,
        "note": decision.by.note,
        "said": json_text(decision.by.said),
    }
    row["particulars"] = decision_particulars(row)
    row["digest"] = decision_digest(row)
    return row
