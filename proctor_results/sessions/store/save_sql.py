"""The SQL that saves one step of a session: on SQLite by several statements, on PostgreSQL by one.

Parameters of the session's columns have the columns' names; those of receipt and decision begin
with `receipt_` and `decision_`.
"""

from collections.abc import Iterable

from proctor_results.database.statement import Statement
from proctor_results.evidence.rows import DECISION_COLUMNS, RECEIPT_COLUMNS


def _parameters(table: str, columns: Iterable[str]) -> str:
    return ", ".join(f":{table}_{name}" for name in columns)


_INSERT_RECEIPT = f"INSERT INTO receipt ({', '.join(RECEIPT_COLUMNS)})"

_RECEIPT_VALUES = _parameters("receipt", RECEIPT_COLUMNS)

INSERT_RECEIPT = Statement(f"{_INSERT_RECEIPT} VALUES ({_RECEIPT_VALUES}) RETURNING id")

_ON_CONFLICT_DO_NOTHING = "ON CONFLICT (identifier, chain_position) DO NOTHING RETURNING id"

_SAME_REVISION = (
    "identifier = :receipt_identifier AND revision = COALESCE(:receipt_revision, revision)"
)

_COUNT_RECEIPT = f"""
UPDATE session SET receipt_count = :receipt_chain_position
WHERE {_SAME_REVISION} AND COALESCE(receipt_count, 0) < :receipt_chain_position
"""

COUNT_RECEIPT = Statement(_COUNT_RECEIPT)

# The session's row is updated first, because a save locks it first, too: otherwise the two could
# wait for each other. Where the chain position is taken the count is right all the same. A report
# that changed nothing might change something under the policy that a launch has brought since: the
# revision shows that.
INSERT_RECEIPT_ONLY = Statement(
    f"""
{_INSERT_RECEIPT} SELECT {_RECEIPT_VALUES}
WHERE :receipt_revision IS NULL OR EXISTS (SELECT 1 FROM session WHERE {_SAME_REVISION})
{_ON_CONFLICT_DO_NOTHING}
""",
    postgresql=f"""
WITH counted AS ({_COUNT_RECEIPT} RETURNING id)
{_INSERT_RECEIPT} SELECT {_RECEIPT_VALUES} FROM (SELECT 1) AS one LEFT JOIN counted ON true
WHERE CAST(:receipt_revision AS integer) IS NULL OR counted.id IS NOT NULL
{_ON_CONFLICT_DO_NOTHING}
""",
)

_INSERT_SESSION = """
INSERT INTO session (identifier, vendor, student, exam, status, outcome, lms_attributes,
  browser_attributes, launch_count, facts, precedences, findings, reasons, holds, open_hold_kinds,
  released_triggers, override, final_at, revised, lock_was_sent, revision, receipt_count,
  created_at, updated_at)
SELECT :identifier, :vendor, :student, :exam, :status, :outcome, :lms_attributes,
  :browser_attributes, :launch_count, :facts, :precedences, :findings, :reasons, :holds,
  :open_hold_kinds, :released_triggers, :override, :final_at, :revised, :lock_was_sent, :revision,
  :receipt_chain_position, :updated_at, :updated_at
"""

_ON_CONFLICT_UPDATE_IF_SAME_REVISION = """
ON CONFLICT (identifier) DO UPDATE SET student = excluded.student, exam = excluded.exam,
  status = excluded.status, outcome = excluded.outcome, lms_attributes = excluded.lms_attributes,
  browser_attributes = excluded.browser_attributes, launch_count = excluded.launch_count,
  released_triggers = excluded.released_triggers, facts = excluded.facts,
  precedences = excluded.precedences, findings = excluded.findings, reasons = excluded.reasons,
  holds = excluded.holds, open_hold_kinds = excluded.open_hold_kinds,
  override = excluded.override, final_at = excluded.final_at, revised = excluded.revised,
  lock_was_sent = excluded.lock_was_sent, revision = excluded.revision,
  updated_at = excluded.updated_at,
  receipt_count = COALESCE(excluded.receipt_count, session.receipt_count), feed_position = NULL
WHERE session.revision = :base_revision
RETURNING id
"""

# Nothing is changed where another receipt has taken the chain position meanwhile; on PostgreSQL
# its unique index refuses it.
SAVE_SESSION = Statement(f"""
{_INSERT_SESSION}
WHERE NOT EXISTS (
  SELECT 1 FROM receipt
  WHERE identifier = :receipt_identifier AND chain_position = :receipt_chain_position
)
{_ON_CONFLICT_UPDATE_IF_SAME_REVISION}
""")

_INSERT_DECISION = f"INSERT INTO decision (session_id, receipt_id, {', '.join(DECISION_COLUMNS)})"

_DECISION_VALUES = _parameters("decision", DECISION_COLUMNS)

INSERT_DECISION = Statement(
    f"{_INSERT_DECISION} VALUES (:session_id, :receipt_id, {_DECISION_VALUES})"
)

_INSERT_DELIVERY = """
INSERT INTO delivery (session_id, target, topic, desired_revision, desired_since, pending_since,
  next_attempt_at, request_id)
"""

# While a delivery is in flight its lease runs on: two messages about one topic must not overtake
# each other. The worker that holds the lease sees afterwards that a newer revision is desired.
_ON_CONFLICT_MARK_DUE = """
ON CONFLICT (session_id, target, topic) DO UPDATE SET desired_revision = excluded.desired_revision,
  desired_since = excluded.desired_since, pending_since = excluded.pending_since,
  request_id = excluded.request_id, failure_count = 0, next_attempt_at = excluded.next_attempt_at
"""

SAVE_DELIVERY = Statement(f"""
{_INSERT_DELIVERY} VALUES (:session_id, :target, :topic, :revision, :updated_at, :updated_at,
  :updated_at, :request_id)
{_ON_CONFLICT_MARK_DUE}
""")

# One round trip. Each part depends on the session's row, which is returned only without a conflict.
SAVE_ALL_POSTGRESQL = Statement(
    "",
    postgresql=f"""
WITH saved_session AS ({_INSERT_SESSION} {_ON_CONFLICT_UPDATE_IF_SAME_REVISION}),
saved_receipt AS (
  {_INSERT_RECEIPT} SELECT {_RECEIPT_VALUES} FROM saved_session WHERE :has_receipt RETURNING id
),
saved_decision AS ({_INSERT_DECISION}
  SELECT saved_session.id, saved_receipt.id, {_DECISION_VALUES}
  FROM saved_session LEFT JOIN saved_receipt ON true WHERE :has_decision
),
saved_delivery AS ({_INSERT_DELIVERY}
  SELECT saved_session.id, pair.target, pair.topic, :revision, :updated_at, :updated_at,
    :updated_at, CAST(:request_id AS text)
  FROM saved_session,
    unnest(CAST(:targets AS text[]), CAST(:topics AS text[])) AS pair (target, topic)
  {_ON_CONFLICT_MARK_DUE}
)
SELECT id FROM saved_session
""",
)
