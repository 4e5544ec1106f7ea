"""Writes one entry of the ledger: a receipt with everything that it changes, or nothing at all."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import peewee

from proctor_results.database.connection import Database
from proctor_results.database.serialization import session_to_row
from proctor_results.database.statement import Statement
from proctor_results.evidence import rows
from proctor_results.sessions.decision import Decision
from proctor_results.sessions.enums import Topic
from proctor_results.sessions.model import Session
from proctor_results.sessions.receipt import Receipt


@dataclass(frozen=True, kw_only=True)
class ChangeSet:
    """What happens to a session: its next revision, with the receipt and the decision behind it.

    What arrived and changed nothing has a receipt only; what no request brought about has none. `due` lists the
    (target, topic) pairs that must be told of the session as it now is; `request_id` is that of the request behind it.
    """

    receipt: Receipt | None = None
    session: Session | None = None
    decision: Decision | None = None
    due_deliveries: tuple[tuple[str, Topic], ...] = ()
    request_id: str | None = None


def save(database: Database, change_set: ChangeSet) -> bool:
    """Writes the entry; False, and nothing written, where somebody was faster.

    That is so where its session does not follow the revision stored, or its receipt not the newest of its chain, or
    what the receipt met is not so any more.
    Call it as a step of `ledger.enter`, or in a transaction. Raises LedgerAway.
    """
    if change_set.session is None:
        return change_set.receipt is None or _save_receipt_only(database, change_set.receipt)
    values = _statement_values(change_set, change_set.session)
    return (
        _save_by_statements(database, change_set, values)
        if database.is_sqlite
        else _save_by_one_statement(database, change_set, values)
    )


def _save_receipt_only(database: Database, receipt: Receipt) -> bool:
    values = _prefixed("receipt", rows.receipt_to_row(receipt))
    if database.is_sqlite and receipt.identifier:
        database.fetch(_COUNT_RECEIPT, **values)
    return bool(database.fetch(_INSERT_RECEIPT_ONLY, **values))


def _statement_values(change_set: ChangeSet, session: Session) -> dict[str, object]:
    receipt_row = rows.receipt_to_row(change_set.receipt) if change_set.receipt else _NO_RECEIPT
    decision_row = (
        rows.decision_to_row(change_set.decision, session.identifier, receipt_row["record_sha256"])
        if change_set.decision
        else _NO_DECISION
    )
    return {
        **session_to_row(session),
        **_prefixed("receipt", receipt_row),
        **_prefixed("decision", decision_row),
        "base_revision": session.revision - 1,
        "has_receipt": change_set.receipt is not None,
        "has_decision": change_set.decision is not None,
        "request_id": change_set.request_id,
    }


def _save_by_statements(
    database: Database, change_set: ChangeSet, values: Mapping[str, object]
) -> bool:
    session_rows = database.fetch(_SAVE_SESSION, **values)
    if not session_rows:
        return False
    receipt_id = database.fetch(_SAVE_RECEIPT, **values)[0][0] if change_set.receipt else None
    ids = {"session_id": session_rows[0][0], "receipt_id": receipt_id}
    if change_set.decision:
        database.fetch(_SAVE_DECISION, **values, **ids)
    for target, topic in change_set.due_deliveries:
        database.fetch(_SAVE_DELIVERY, **values, **ids, target=target, topic=topic)
    return True


def _save_by_one_statement(
    database: Database, change_set: ChangeSet, values: Mapping[str, object]
) -> bool:
    due_lists = {
        "targets": [target for target, _ in change_set.due_deliveries],
        "topics": [str(topic) for _, topic in change_set.due_deliveries],
    }
    try:
        return bool(database.fetch(_SAVE_ALL_POSTGRESQL, **values, **due_lists))
    except peewee.IntegrityError as error:
        if "receipt_chain_position" in str(error):
            return False
        raise


def _prefixed(table: str, row: Mapping[str, object]) -> dict[str, object]:
    return {f"{table}_{name}": value for name, value in row.items()}


def _parameters(table: str, columns: Iterable[str]) -> str:
    return ", ".join(f":{table}_{name}" for name in columns)


_NO_RECEIPT = dict.fromkeys(rows.RECEIPT_COLUMNS)
_NO_DECISION = dict.fromkeys(rows.DECISION_COLUMNS)

_INSERT_RECEIPT = f"INSERT INTO receipt ({', '.join(rows.RECEIPT_COLUMNS)})"

_RECEIPT_VALUES = _parameters("receipt", rows.RECEIPT_COLUMNS)

_SAVE_RECEIPT = Statement(
    f"{_INSERT_RECEIPT} VALUES ({_RECEIPT_VALUES}) RETURNING id"
)  # put together from constants

_ON_CONFLICT_DO_NOTHING = "ON CONFLICT (identifier, chain_position) DO NOTHING RETURNING id"

_SAME_REVISION = (
    "identifier = :receipt_identifier AND revision = COALESCE(:receipt_revision, revision)"
)

_COUNT_RECEIPT_SQL = f"""
UPDATE session SET receipt_count = :receipt_chain_position WHERE {_SAME_REVISION} AND COALESCE(receipt_count, 0) < :receipt_chain_position
"""  # as above

_COUNT_RECEIPT = Statement(_COUNT_RECEIPT_SQL)

# The session is counted first, because an entry locks it first, too: else the two could wait for each other. Where the
# place is taken the count is right all the same. A report that changed nothing might change something under the policy
# that a launch has brought since: one that has waited for that launch sees so by the revision.
_INSERT_RECEIPT_ONLY = Statement(
    f"""
{_INSERT_RECEIPT} SELECT {_RECEIPT_VALUES}
WHERE :receipt_revision IS NULL OR EXISTS (SELECT 1 FROM session WHERE {_SAME_REVISION})
{_ON_CONFLICT_DO_NOTHING}
""",  # as above
    postgresql=f"""
WITH counted AS ({_COUNT_RECEIPT_SQL} RETURNING id)
{_INSERT_RECEIPT} SELECT {_RECEIPT_VALUES} FROM (SELECT 1) AS one LEFT JOIN counted ON true
WHERE CAST(:receipt_revision AS integer) IS NULL OR counted.id IS NOT NULL
{_ON_CONFLICT_DO_NOTHING}
""",  # as above
)

_INSERT_SESSION = """
INSERT INTO session (identifier, vendor, student, exam, status, outcome, lms_attributes, browser_attributes, launch_count, facts,
  precedences, findings, reasons, holds, open_hold_kinds, released_triggers, override, final_at, revised, lock_was_sent, revision, receipt_count,
  created_at, updated_at)
SELECT :identifier, :vendor, :student, :exam, :status, :outcome, :lms_attributes, :browser_attributes, :launch_count, :facts,
  :precedences, :findings, :reasons, :holds, :open_hold_kinds, :released_triggers, :override, :final_at, :revised, :lock_was_sent, :revision,
  :receipt_chain_position, :updated_at, :updated_at
"""

_ON_CONFLICT_UPDATE_IF_SAME_REVISION = """
ON CONFLICT (identifier) DO UPDATE SET student = excluded.student, exam = excluded.exam, status = excluded.status,
  outcome = excluded.outcome, lms_attributes = excluded.lms_attributes, browser_attributes = excluded.browser_attributes, launch_count = excluded.launch_count,
  released_triggers = excluded.released_triggers, facts = excluded.facts, precedences = excluded.precedences, findings = excluded.findings,
  reasons = excluded.reasons, holds = excluded.holds, open_hold_kinds = excluded.open_hold_kinds, override = excluded.override,
  final_at = excluded.final_at, revised = excluded.revised, lock_was_sent = excluded.lock_was_sent,
  revision = excluded.revision, updated_at = excluded.updated_at,
  receipt_count = COALESCE(excluded.receipt_count, session.receipt_count), feed_position = NULL
WHERE session.revision = :base_revision
RETURNING id
"""

# Nothing is changed where the receipt's place has been taken meanwhile; on PostgreSQL its unique index says so.
_SAVE_SESSION = Statement(f"""
{_INSERT_SESSION}
WHERE NOT EXISTS (SELECT 1 FROM receipt WHERE identifier = :receipt_identifier AND chain_position = :receipt_chain_position)
{_ON_CONFLICT_UPDATE_IF_SAME_REVISION}
""")  # as above

_INSERT_DECISION = (
    f"INSERT INTO decision (session_id, receipt_id, {', '.join(rows.DECISION_COLUMNS)})"
)

_DECISION_VALUES = _parameters("decision", rows.DECISION_COLUMNS)

_SAVE_DECISION = Statement(
    f"{_INSERT_DECISION} VALUES (:session_id, :receipt_id, {_DECISION_VALUES})"
)  # as above

# While a delivery is in the air its lease runs on: two messages about one topic must not overtake each other. The
# worker that holds the lease sees on landing that more is wanted.
_ON_CONFLICT_MARK_DUE = """
ON CONFLICT (session_id, target, topic) DO UPDATE SET desired_revision = excluded.desired_revision,
  desired_since = excluded.desired_since, pending_since = excluded.pending_since, request_id = excluded.request_id,
  failure_count = 0, next_attempt_at = CASE WHEN delivery.lease_token IS NULL THEN excluded.next_attempt_at ELSE delivery.next_attempt_at END
"""

_SAVE_DELIVERY = Statement(f"""
INSERT INTO delivery (session_id, target, topic, desired_revision, desired_since, pending_since, next_attempt_at, request_id)
VALUES (:session_id, :target, :topic, :revision, :updated_at, :updated_at, :updated_at, :request_id)
{_ON_CONFLICT_MARK_DUE}
""")  # as above

# One round trip: every part hangs on the session's row, which is there only if nobody was faster.
_SAVE_ALL_POSTGRESQL = Statement(
    "",
    postgresql=f"""
WITH saved_session AS ({_INSERT_SESSION} {_ON_CONFLICT_UPDATE_IF_SAME_REVISION}),
saved_receipt AS ({_INSERT_RECEIPT} SELECT {_RECEIPT_VALUES} FROM saved_session WHERE :has_receipt RETURNING id),
saved_decision AS ({_INSERT_DECISION}
  SELECT saved_session.id, saved_receipt.id, {_DECISION_VALUES} FROM saved_session LEFT JOIN saved_receipt ON true WHERE :has_decision),
saved_delivery AS (INSERT INTO delivery (session_id, target, topic, desired_revision, desired_since, pending_since, next_attempt_at, request_id)
  SELECT saved_session.id, pair.target, pair.topic, :revision, :updated_at, :updated_at, :updated_at,
    CAST(:request_id AS text)
  FROM saved_session, unnest(CAST(:targets AS text[]), CAST(:topics AS text[])) AS pair (target, topic)
  {_ON_CONFLICT_MARK_DUE})
SELECT id FROM saved_session
""",  # as above
)
