"""Empties all that is personal of sessions; what convinces years later, the digests, stays as it is."""

import re
import secrets
from collections.abc import Iterable, Iterator
from datetime import datetime

from proctor_results.database.connection import Database
from proctor_results.database.statement import Statement
from proctor_results.database.values import dump_json, to_milliseconds
from proctor_results.evidence.hash_chain import chain_start
from proctor_results.sessions.enums import ReceiptResult

_PAGE_SIZE = 200
ALIAS_PREFIX = "erased-"
"""How the name begins that a session's receipts get in place of the identifier, which may name the learner."""


def list_sessions_of(database: Database, student: str) -> list[str]:
    """The identifiers of a learner's sessions."""
    return [identifier for (identifier,) in database.fetch(_LIST_SESSIONS_OF, student=student)]


def find_unmatched_receipts(database: Database, text: str) -> Iterator[tuple[int, str | None]]:
    """Receipts without a session in whose body this is said, by id, with the identifier if they have one.

    Said as it is, or as JSON escapes it.
    """
    for result in ReceiptResult.UNRECOGNISED, ReceiptResult.INVALID:
        after = 0
        while page := database.fetch(
            _UNMATCHED_RECEIPTS, verdict=result, after=after, limit=_PAGE_SIZE
        ):
            yield from (
                (receipt_id, identifier)
                for receipt_id, identifier, body in page
                if _mentions(bytes(body), text)
            )
            after = page[-1][0]


def exists(database: Database, identifier: str) -> bool:
    """Whether there is anything under this identifier."""
    return bool(database.fetch(_EXISTS, identifier=identifier))


def count_pending(database: Database, identifier: str) -> int:
    """How many messages about the session its targets do not have yet."""
    count: int = database.fetch(_COUNT_PENDING, identifier=identifier)[0][0]
    return count


def open_hold_kinds(database: Database, identifier: str) -> str:
    """The kinds of its open holds."""
    rows = database.fetch(_OPEN_HOLD_KINDS, identifier=identifier)
    return str(rows[0][0]) if rows else ""


def erase(database: Database, identifiers: Iterable[str], actor: str, now: datetime) -> int:
    """Empties everything about these sessions and forgets them; how many receipts they had. Call it in a transaction.

    What is left of an identifier is a digest, by which a later report about it is known.
    """
    aliases = {identifier: f"{ALIAS_PREFIX}{secrets.token_hex(8)}" for identifier in identifiers}
    actors_by_digest = {chain_start(identifier).record_sha256: actor for identifier in aliases}
    values = {"aliases": dump_json(aliases), "now": to_milliseconds(now)}
    receipt_count = database.execute(_ERASE_RECEIPTS, **values)
    for statement in _ERASE_OTHER_TABLES.values():
        database.fetch(statement, **values)
    database.fetch(_RECORD_ERASURE, digests=dump_json(actors_by_digest), now=to_milliseconds(now))
    return receipt_count


def erase_unmatched_receipt(database: Database, receipt_id: int, now: datetime) -> None:
    """Empties a receipt that names no session."""
    database.fetch(_ERASE_UNMATCHED_RECEIPT, number=receipt_id, now=to_milliseconds(now))


def truncate_wal(database: Database) -> None:
    """What was erased leaves the journal of SQLite, too, unless others are reading it just now.

    On PostgreSQL it is autovacuum that gives the space of old rows to new ones.
    """
    database.fetch(_TRUNCATE_WAL)


def is_erased(database: Database, identifier: str) -> bool:
    """Whether there was such a session once."""
    return bool(database.fetch(_IS_ERASED, identifier_sha256=chain_start(identifier).record_sha256))


def _mentions(body: bytes, needle: str) -> bool:
    text = body.decode("utf-8", "replace")
    return needle in text or needle in _unescape(text)


def _unescape(text: str) -> str:
    """What is beyond the first 65,536 characters of Unicode comes in two halves."""
    unescaped = _ESCAPE.sub(lambda match: chr(int(match[1], 16)) if match[1] else match[2], text)
    return unescaped.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)

_LIST_SESSIONS_OF = Statement("SELECT identifier FROM session WHERE student = :student ORDER BY id")

_UNMATCHED_RECEIPTS = Statement("""
SELECT id, identifier, body FROM receipt
WHERE result = :verdict AND result IN ('unrecognised', 'invalid') AND id > :after AND erased_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM session WHERE session.identifier = receipt.identifier)
ORDER BY id LIMIT :limit
""")

_EXISTS = Statement("""
SELECT 1 WHERE EXISTS (SELECT 1 FROM session WHERE identifier = :identifier)
  OR EXISTS (SELECT 1 FROM receipt WHERE identifier = :identifier)
""")

_SESSION_ID = "(SELECT session.id FROM session WHERE session.identifier = :identifier)"

_COUNT_PENDING = Statement(f"""
SELECT COUNT(*) FROM delivery
WHERE session_id = {_SESSION_ID} AND (delivered_revision IS NULL OR delivered_revision < desired_revision)
""")  # constants only

_OPEN_HOLD_KINDS = Statement("SELECT open_hold_kinds FROM session WHERE identifier = :identifier")


def _for_both_databases(sql: str) -> Statement:
    """Of JSON and of bytes each database speaks in its own words."""
    return Statement(
        sql.format(each="json_each", json="", nothing="CAST('' AS BLOB)"),
        postgresql=sql.format(each="json_each_text", json="::json", nothing="CAST('' AS bytea)"),
    )


_ERASED_VALUES = (
    "headers = '{{}}', content_sha256 = NULL, detail = '', body = {nothing}, erased_at = :now"
)

_IDENTIFIERS = "(SELECT key FROM {each}(:aliases{json}))"

_SESSION_IDS = (
    f"(SELECT session.id FROM session WHERE session.identifier IN {_IDENTIFIERS})"  # as above
)

_ERASE_RECEIPTS = _for_both_databases(f"""
UPDATE receipt SET identifier = alias.value, {_ERASED_VALUES} FROM {{each}}(:aliases{{json}}) AS alias
WHERE receipt.identifier = alias.key
""")  # as above

_ERASE_UNMATCHED_RECEIPT = _for_both_databases(
    f"UPDATE receipt SET {_ERASED_VALUES} WHERE id = :number"
)  # as above

_RESPONSE_DETAILS = f"""(
  SELECT attempt.detail FROM attempt JOIN delivery ON delivery.id = attempt.delivery_id
  WHERE delivery.session_id IN {_SESSION_IDS}
)"""  # as above

_ERASE_OTHER_TABLES = {
    "target": _for_both_databases(
        f"UPDATE target SET detail = '' WHERE detail IN {_RESPONSE_DETAILS}"
    ),  # as above
    "decision": _for_both_databases(f"""
UPDATE decision SET session_id = NULL, opened = '[]', closed = '[]', reasons = '[]', actor = NULL, note = NULL,
  inputs = '{{{{}}}}', erased_at = :now
WHERE session_id IN {_SESSION_IDS}
"""),  # as above
    "attempt": _for_both_databases(f"""
DELETE FROM attempt WHERE delivery_id IN (SELECT delivery.id FROM delivery WHERE session_id IN {_SESSION_IDS})
"""),  # as above
    "delivery": _for_both_databases(
        f"DELETE FROM delivery WHERE session_id IN {_SESSION_IDS}"
    ),  # as above
    "watch": _for_both_databases(
        f"DELETE FROM heartbeat_state WHERE identifier IN {_IDENTIFIERS}"
    ),  # as above
    "live": _for_both_databases(
        f"DELETE FROM recent_live_metrics WHERE identifier IN {_IDENTIFIERS}"
    ),  # as above
    "session": _for_both_databases(
        f"DELETE FROM session WHERE identifier IN {_IDENTIFIERS}"
    ),  # as above
}
"""In this order, since the ones hang on the others."""

_RECORD_ERASURE = _for_both_databases("""
INSERT INTO erasure (identifier_sha256, at, actor) SELECT key, :now, value FROM {each}(:digests{json}) WHERE TRUE
ON CONFLICT (identifier_sha256) DO UPDATE SET at = excluded.at, actor = excluded.actor
""")

_TRUNCATE_WAL = Statement("PRAGMA wal_checkpoint(TRUNCATE)", postgresql="SELECT 1")

_IS_ERASED = Statement("SELECT 1 FROM erasure WHERE identifier_sha256 = :identifier_sha256")
