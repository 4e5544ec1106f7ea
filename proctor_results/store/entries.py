"""Writes one entry of the ledger: a receipt with everything that it changes, or nothing at all."""

from collections.abc import Mapping
from dataclasses import dataclass

from proctor_results.domain.decision import Decision
from proctor_results.domain.receipt import Receipt
from proctor_results.domain.session import Session
from proctor_results.domain.words import Topic
from proctor_results.store.columns import holds_text, json_text, milliseconds, of_session, reasons_text
from proctor_results.store.ledger import Ledger
from proctor_results.store.statement import Statement


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What one request leaves behind: its receipt and, where it changes anything, the session's next revision.

    `due` lists the (target, topic) pairs that must be told of the session as it now is.
    """

    receipt: Receipt
    session: Session | None = None
    decision: Decision | None = None
    due: tuple[tuple[str, Topic], ...] = ()


def write_receipt(ledger: Ledger, receipt: Receipt) -> None:
    """Keeps a request that changes nothing. Raises LedgerAway."""
    ledger.run(_RECEIPT, **_of_receipt(receipt))


def write(ledger: Ledger, entry: Entry) -> bool:
    """Writes an entry that changes a session; False, and nothing written, unless it follows the revision stored.

    Call it within `ledger.entry()`. Raises LedgerAway.
    """
    values = {**_of_receipt(entry.receipt), **_of_session(entry.session), **_of_decision(entry.decision)}
    if ledger.embedded:
        return _write_in_turn(ledger, entry, values)
    topics = {"targets": [target for target, _ in entry.due], "topics": [str(topic) for _, topic in entry.due]}
    return bool(ledger.run(_ENTRY, **values, **topics))


def _write_in_turn(ledger: Ledger, entry: Entry, values: Mapping[str, object]) -> bool:
    rows = ledger.run(_SESSION, **values)
    if not rows:
        return False
    receipt_id = ledger.run(_RECEIPT, **values)[0][0]
    ids = {"session_id": rows[0][0], "receipt_id": receipt_id}
    if entry.decision:
        ledger.run(_DECISION, **values, **ids)
    for target, topic in entry.due:
        ledger.run(_DELIVERY, **values, **ids, target=target, topic=topic)
    return True


def _of_receipt(receipt: Receipt) -> dict[str, object]:
    request = receipt.request
    return {
        "receipt_vendor": request.vendor,
        "receipt_identifier": receipt.identifier,
        "received_at": milliseconds(request.received_at),
        "key_id": request.key_id,
        "headers": json_text(request.headers),
        "body": request.body,
        "sha256": request.sha256,
        "content": receipt.content,
        "verdict": receipt.verdict,
        "detail": receipt.detail,
    }


def _of_session(session: Session | None) -> dict[str, object]:
    if session is None:
        raise TypeError("this entry changes no session: write its receipt")
    return {**of_session(session), "known_revision": session.revision - 1}


def _of_decision(decision: Decision | None) -> dict[str, object]:
    if decision is None:
        return {**dict.fromkeys(_DECIDED, ""), "decided": False, "revised": False}
    return {
        "decided": True,
        "outcome_before": decision.outcome_before,
        "opened": holds_text(decision.opened),
        "closed": holds_text(decision.closed),
        "decision_reasons": reasons_text(decision.reasons),
        "policy_sha256": decision.policy_sha256,
        "revised": decision.revised,
    }


_DECIDED = ("outcome_before", "opened", "closed", "decision_reasons", "policy_sha256")

_INSERT_RECEIPT = """
INSERT INTO receipt (vendor, identifier, received_at, key_id, headers, body, sha256, content, verdict, detail)
"""

_RECEIPT = Statement(f"""
{_INSERT_RECEIPT} VALUES (:receipt_vendor, :receipt_identifier, :received_at, :key_id, :headers, :body, :sha256,
  :content, :verdict, :detail)
RETURNING id
""")  # put together from constants

_UPSERT_SESSION = """
INSERT INTO session (identifier, vendor, student, exam, status, outcome, facts, standings, findings, reasons, holds,
  revision, created_at, updated_at)
VALUES (:identifier, :vendor, :student, :exam, :status, :outcome, :facts, :standings, :findings, :reasons, :holds,
  :revision, :updated_at, :updated_at)
ON CONFLICT (identifier) DO UPDATE SET student = excluded.student, exam = excluded.exam, status = excluded.status,
  outcome = excluded.outcome, facts = excluded.facts, standings = excluded.standings, findings = excluded.findings,
  reasons = excluded.reasons, holds = excluded.holds, revision = excluded.revision, updated_at = excluded.updated_at,
  feed = NULL
WHERE session.revision = :known_revision
RETURNING id
"""

_SESSION = Statement(_UPSERT_SESSION)

_INSERT_DECISION = """
INSERT INTO decision (session_id, receipt_id, at, revision, outcome_before, outcome, opened, closed, reasons,
  policy_sha256, revised)
"""

_DECISION_VALUES = """
:updated_at, :revision, :outcome_before, :outcome, :opened, :closed, :decision_reasons, :policy_sha256, :revised
"""

_DECISION = Statement(f"{_INSERT_DECISION} VALUES (:session_id, :receipt_id, {_DECISION_VALUES})")  # as above

# While a delivery is in the air its lease runs on: two messages about one topic must not overtake each other. The
# worker that holds the lease sees on landing that more is wanted.
_NEWLY_DUE = """
ON CONFLICT (session_id, target, topic) DO UPDATE SET wanted = excluded.wanted, due_since = excluded.due_since,
  failed = 0, due_at = CASE WHEN delivery.lease IS NULL THEN excluded.due_at ELSE delivery.due_at END
"""

_DELIVERY = Statement(f"""
INSERT INTO delivery (session_id, target, topic, wanted, due_since, due_at)
VALUES (:session_id, :target, :topic, :revision, :updated_at, :updated_at)
{_NEWLY_DUE}
""")  # noqa: S608  # as above

# One round trip: every part hangs on the session's row, which is there only if nobody was faster.
_ENTRY = Statement(
    "",
    postgresql=f"""
WITH entered AS ({_UPSERT_SESSION}),
kept AS ({_INSERT_RECEIPT}
  SELECT :receipt_vendor, :receipt_identifier, :received_at, :key_id, :headers, :body, :sha256, :content, :verdict,
    :detail
  FROM entered RETURNING id),
decided AS ({_INSERT_DECISION}
  SELECT entered.id, kept.id, {_DECISION_VALUES} FROM entered, kept WHERE :decided),
due AS (INSERT INTO delivery (session_id, target, topic, wanted, due_since, due_at)
  SELECT entered.id, duty.target, duty.topic, :revision, :updated_at, :updated_at
  FROM entered, unnest(CAST(:targets AS text[]), CAST(:topics AS text[])) AS duty (target, topic)
  {_NEWLY_DUE})
SELECT id FROM kept
""",  # noqa: S608  # as above
)
