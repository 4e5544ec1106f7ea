"""Writes one entry of the ledger: a receipt with everything that it changes, or nothing at all."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import peewee

from proctor_results.domain.decision import Decision
from proctor_results.domain.receipt import Receipt
from proctor_results.domain.session import Session
from proctor_results.domain.words import Topic
from proctor_results.store import rows
from proctor_results.store.columns import of_session
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
    """Writes the entry; False, and nothing written, where somebody was faster.

    That is so where its session does not follow the revision stored, or its receipt not the newest of its chain, or
    what the receipt met is not so any more.
    Call it as a step of `ledger.enter`, or in a transaction. Raises LedgerAway.
    """
    if entry.session is None:
        return entry.receipt is None or _keep(ledger, entry.receipt)
    values = _values(entry, entry.session)
    return _write_in_turn(ledger, entry, values) if ledger.embedded else _write_at_once(ledger, entry, values)


def _keep(ledger: Ledger, receipt: Receipt) -> bool:
    values = _named("receipt", rows.of_receipt(receipt))
    if ledger.embedded and receipt.identifier:
        ledger.run(_COUNTED, **values)
    return bool(ledger.run(_KEPT, **values))


def _values(entry: Entry, session: Session) -> dict[str, object]:
    received = rows.of_receipt(entry.receipt) if entry.receipt else _NO_RECEIPT
    decided = rows.of_decision(entry.decision, session.identifier, received["digest"]) if entry.decision else _UNDECIDED
    return {
        **of_session(session),
        **_named("receipt", received),
        **_named("decision", decided),
        "known_revision": session.revision - 1,
        "received": entry.receipt is not None,
        "decided": entry.decision is not None,
        "request_id": entry.request_id,
    }


def _write_in_turn(ledger: Ledger, entry: Entry, values: Mapping[str, object]) -> bool:
    written = ledger.run(_SESSION, **values)
    if not written:
        return False
    receipt_id = ledger.run(_RECEIPT, **values)[0][0] if entry.receipt else None
    ids = {"session_id": written[0][0], "receipt_id": receipt_id}
    if entry.decision:
        ledger.run(_DECISION, **values, **ids)
    for target, topic in entry.due:
        ledger.run(_DELIVERY, **values, **ids, target=target, topic=topic)
    return True


def _write_at_once(ledger: Ledger, entry: Entry, values: Mapping[str, object]) -> bool:
    topics = {"targets": [target for target, _ in entry.due], "topics": [str(topic) for _, topic in entry.due]}
    try:
        return bool(ledger.run(_ENTRY, **values, **topics))
    except peewee.IntegrityError as error:
        if "receipt_place" in str(error):
            return False
        raise


def _named(table: str, row: Mapping[str, object]) -> dict[str, object]:
    return {f"{table}_{name}": value for name, value in row.items()}


def _parameters(table: str, columns: Iterable[str]) -> str:
    return ", ".join(f":{table}_{name}" for name in columns)


_NO_RECEIPT = dict.fromkeys(rows.RECEIPT)
_UNDECIDED = dict.fromkeys(rows.DECISION)

_INSERT_RECEIPT = f"INSERT INTO receipt ({', '.join(rows.RECEIPT)})"

_RECEIPT_VALUES = _parameters("receipt", rows.RECEIPT)

_RECEIPT = Statement(f"{_INSERT_RECEIPT} VALUES ({_RECEIPT_VALUES}) RETURNING id")  # put together from constants

_UNLESS_ITS_PLACE_IS_TAKEN = "ON CONFLICT (identifier, place) DO NOTHING RETURNING id"

_MET = "identifier = :receipt_identifier AND revision = COALESCE(:receipt_revision, revision)"

_COUNT = f"""
UPDATE session SET receipts = :receipt_place WHERE {_MET} AND COALESCE(receipts, 0) < :receipt_place
"""  # noqa: S608  # as above

_COUNTED = Statement(_COUNT)

# The session is counted first, because an entry locks it first, too: else the two could wait for each other. Where the
# place is taken the count is right all the same. A report that changed nothing might change something under the policy
# that a launch has brought since: one that has waited for that launch sees so by the revision.
_KEPT = Statement(
    f"""
{_INSERT_RECEIPT} SELECT {_RECEIPT_VALUES}
WHERE :receipt_revision IS NULL OR EXISTS (SELECT 1 FROM session WHERE {_MET})
{_UNLESS_ITS_PLACE_IS_TAKEN}
""",  # noqa: S608  # as above
    postgresql=f"""
WITH counted AS ({_COUNT} RETURNING id)
{_INSERT_RECEIPT} SELECT {_RECEIPT_VALUES} FROM (SELECT 1) AS one LEFT JOIN counted ON true
WHERE CAST(:receipt_revision AS integer) IS NULL OR counted.id IS NOT NULL
{_UNLESS_ITS_PLACE_IS_TAKEN}
""",  # noqa: S608  # as above
)

_INSERT_SESSION = """
INSERT INTO session (identifier, vendor, student, exam, status, outcome, enrolment, hearsay, launches, facts,
  standings, findings, reasons, holds, held, releases, overruled, settles_at, revised, ever_locked, revision, receipts,
  created_at, updated_at)
SELECT :identifier, :vendor, :student, :exam, :status, :outcome, :enrolment, :hearsay, :launches, :facts,
  :standings, :findings, :reasons, :holds, :held, :releases, :overruled, :settles_at, :revised, :ever_locked, :revision,
  :receipt_place, :updated_at, :updated_at
"""

_UNLESS_IT_IS_THERE = """
ON CONFLICT (identifier) DO UPDATE SET student = excluded.student, exam = excluded.exam, status = excluded.status,
  outcome = excluded.outcome, enrolment = excluded.enrolment, hearsay = excluded.hearsay, launches = excluded.launches,
  releases = excluded.releases, facts = excluded.facts, standings = excluded.standings, findings = excluded.findings,
  reasons = excluded.reasons, holds = excluded.holds, held = excluded.held, overruled = excluded.overruled,
  settles_at = excluded.settles_at, revised = excluded.revised, ever_locked = excluded.ever_locked,
  revision = excluded.revision, updated_at = excluded.updated_at,
  receipts = COALESCE(excluded.receipts, session.receipts), feed = NULL
WHERE session.revision = :known_revision
RETURNING id
"""

# Nothing is changed where the receipt's place has been taken meanwhile; on PostgreSQL its unique index says so.
_SESSION = Statement(f"""
{_INSERT_SESSION}
WHERE NOT EXISTS (SELECT 1 FROM receipt WHERE identifier = :receipt_identifier AND place = :receipt_place)
{_UNLESS_IT_IS_THERE}
""")  # noqa: S608  # as above

_INSERT_DECISION = f"INSERT INTO decision (session_id, receipt_id, {', '.join(rows.DECISION)})"

_DECISION_VALUES = _parameters("decision", rows.DECISION)

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
WITH entered AS ({_INSERT_SESSION} {_UNLESS_IT_IS_THERE}),
kept AS ({_INSERT_RECEIPT} SELECT {_RECEIPT_VALUES} FROM entered WHERE :received RETURNING id),
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
