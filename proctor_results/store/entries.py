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
    """What happens to a session: its next revision, with the receipt and the decision behind it.

    What arrived and changed nothing has a receipt only; what no request brought about has none. `due` lists the
    (target, topic) pairs that must be told of the session as it now is; `request_id` is that of the request behind it.
    """

    receipt: Receipt | None = None
    session: Session | None = None
    decision: Decision | None = None
    due: tuple[tuple[str, Topic], ...] = ()
    request_id: str | None = None


def write(ledger: Ledger, entry: Entry) -> bool:
    """Writes the entry; False, and nothing written, where its session does not follow the revision stored.

    Call it as a step of `ledger.enter`, or in a transaction. Raises LedgerAway.
    """
    if entry.session is None:
        return _keep(ledger, entry.receipt)
    values = {**_of_receipt(entry.receipt), **_of_session(entry.session), **_of_decision(entry.decision)}
    values["request_id"] = entry.request_id
    if ledger.embedded:
        return _write_in_turn(ledger, entry, values)
    topics = {"targets": [target for target, _ in entry.due], "topics": [str(topic) for _, topic in entry.due]}
    return bool(ledger.run(_ENTRY, **values, **topics))


def _keep(ledger: Ledger, receipt: Receipt | None) -> bool:
    if receipt:
        ledger.run(_RECEIPT, **_of_receipt(receipt))
    return True


def _write_in_turn(ledger: Ledger, entry: Entry, values: Mapping[str, object]) -> bool:
    rows = ledger.run(_SESSION, **values)
    if not rows:
        return False
    receipt_id = ledger.run(_RECEIPT, **values)[0][0] if entry.receipt else None
    ids = {"session_id": rows[0][0], "receipt_id": receipt_id}
    if entry.decision:
        ledger.run(_DECISION, **values, **ids)
    for target, topic in entry.due:
        ledger.run(_DELIVERY, **values, **ids, target=target, topic=topic)
    return True


def _of_receipt(receipt: Receipt | None) -> dict[str, object]:
    if receipt is None:
        return {**dict.fromkeys(_RECEIVED), "received_at": 0, "body": b"", "received": False}
    request = receipt.request
    return {
        "received": True,
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


def _of_session(session: Session) -> dict[str, object]:
    return {**of_session(session), "known_revision": session.revision - 1}


def _of_decision(decision: Decision | None) -> dict[str, object]:
    if decision is None:
        return {**dict.fromkeys(_DECIDED, ""), "decided": False, "revised": False, "actor": None, "note": None}
    return {
        "decided": True,
        "outcome_before": decision.outcome_before,
        "opened": holds_text(decision.opened),
        "closed": holds_text(decision.closed),
        "decision_reasons": reasons_text(decision.reasons),
        "policy_sha256": decision.policy_sha256,
        "revised": decision.revised,
        "cause": decision.by.cause,
        "actor": decision.by.actor,
        "note": decision.by.note,
    }


_RECEIVED = ("receipt_vendor", "receipt_identifier", "key_id", "headers", "sha256", "content", "verdict", "detail")
_DECIDED = ("outcome_before", "opened", "closed", "decision_reasons", "policy_sha256", "cause")

_INSERT_RECEIPT = """
INSERT INTO receipt (vendor, identifier, received_at, key_id, headers, body, sha256, content, verdict, detail)
"""

_RECEIPT = Statement(f"""
{_INSERT_RECEIPT} VALUES (:receipt_vendor, :receipt_identifier, :received_at, :key_id, :headers, :body, :sha256,
  :content, :verdict, :detail)
RETURNING id
""")  # put together from constants

_UPSERT_SESSION = """
INSERT INTO session (identifier, vendor, student, exam, status, outcome, enrolment, launches, facts, standings,
  findings, reasons, holds, releases, revision, created_at, updated_at)
VALUES (:identifier, :vendor, :student, :exam, :status, :outcome, :enrolment, :launches, :facts, :standings,
  :findings, :reasons, :holds, :releases, :revision, :updated_at, :updated_at)
ON CONFLICT (identifier) DO UPDATE SET student = excluded.student, exam = excluded.exam, status = excluded.status,
  outcome = excluded.outcome, enrolment = excluded.enrolment, launches = excluded.launches,
  releases = excluded.releases, facts = excluded.facts, standings = excluded.standings, findings = excluded.findings,
  reasons = excluded.reasons, holds = excluded.holds, revision = excluded.revision, updated_at = excluded.updated_at,
  feed = NULL
WHERE session.revision = :known_revision
RETURNING id
"""

_SESSION = Statement(_UPSERT_SESSION)

_INSERT_DECISION = """
INSERT INTO decision (session_id, receipt_id, at, revision, outcome_before, outcome, opened, closed, reasons,
  policy_sha256, revised, cause, actor, note)
"""

_DECISION_VALUES = """
:updated_at, :revision, :outcome_before, :outcome, :opened, :closed, :decision_reasons, :policy_sha256, :revised,
:cause, :actor, :note
"""

_DECISION = Statement(f"{_INSERT_DECISION} VALUES (:session_id, :receipt_id, {_DECISION_VALUES})")  # as above

# While a delivery is in the air its lease runs on: two messages about one topic must not overtake each other. The
# worker that holds the lease sees on landing that more is wanted.
_NEWLY_DUE = """
ON CONFLICT (session_id, target, topic) DO UPDATE SET wanted = excluded.wanted,
  wanted_at = excluded.wanted_at, due_since = excluded.due_since, request_id = excluded.request_id,
  failed = 0, due_at = CASE WHEN delivery.lease IS NULL THEN excluded.due_at ELSE delivery.due_at END
"""

_DELIVERY = Statement(f"""
INSERT INTO delivery (session_id, target, topic, wanted, wanted_at, due_since, due_at, request_id)
VALUES (:session_id, :target, :topic, :revision, :updated_at, :updated_at, :updated_at, :request_id)
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
  FROM entered WHERE :received RETURNING id),
decided AS ({_INSERT_DECISION}
  SELECT entered.id, kept.id, {_DECISION_VALUES} FROM entered LEFT JOIN kept ON true WHERE :decided),
due AS (INSERT INTO delivery (session_id, target, topic, wanted, wanted_at, due_since, due_at, request_id)
  SELECT entered.id, duty.target, duty.topic, :revision, :updated_at, :updated_at, :updated_at,
    CAST(:request_id AS text)
  FROM entered, unnest(CAST(:targets AS text[]), CAST(:topics AS text[])) AS duty (target, topic)
  {_NEWLY_DUE})
SELECT id FROM entered
""",  # noqa: S608  # as above
)
