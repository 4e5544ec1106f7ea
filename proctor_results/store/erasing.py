"""Empties all that is personal of sessions; what convinces years later, the digests, stays as it is."""

import re
import secrets
from collections.abc import Iterable, Iterator
from datetime import datetime

from proctor_results.domain.evidence import genesis
from proctor_results.domain.words import ReceiptVerdict
from proctor_results.store.columns import json_text, milliseconds
from proctor_results.store.ledger import Ledger
from proctor_results.store.statement import Statement

_PAGE = 200
ALIAS = "erased-"
"""How the name begins that a session's receipts get in place of the identifier, which may name the learner."""


def sessions_of(ledger: Ledger, student: str) -> list[str]:
    """The identifiers of a learner's sessions."""
    return [identifier for (identifier,) in ledger.run(_SESSIONS_OF, student=student)]


def strays(ledger: Ledger, said: str) -> Iterator[tuple[int, str | None]]:
    """Receipts without a session in whose body this is said, by id, with the identifier if they have one.

    Said as it is, or as JSON escapes it.
    """
    for verdict in ReceiptVerdict.UNRECOGNISED, ReceiptVerdict.INVALID:
        after = 0
        while page := ledger.run(_UNREAD, verdict=verdict, after=after, limit=_PAGE):
            yield from ((number, identifier) for number, identifier, body in page if _says(bytes(body), said))
            after = page[-1][0]


def is_known(ledger: Ledger, identifier: str) -> bool:
    """Whether there is anything under this identifier."""
    return bool(ledger.run(_IS_KNOWN, identifier=identifier))


def undelivered(ledger: Ledger, identifier: str) -> int:
    """How many messages about the session its targets do not have yet."""
    count: int = ledger.run(_UNDELIVERED, identifier=identifier)[0][0]
    return count


def held(ledger: Ledger, identifier: str) -> str:
    """The kinds of its open holds."""
    rows = ledger.run(_HELD, identifier=identifier)
    return str(rows[0][0]) if rows else ""


def erase(ledger: Ledger, identifiers: Iterable[str], actor: str, now: datetime) -> int:
    """Empties everything about these sessions and forgets them; how many receipts they had. Call it in a transaction.

    What is left of an identifier is a digest, by which a later report about it is known.
    """
    aliases = {identifier: f"{ALIAS}{secrets.token_hex(8)}" for identifier in identifiers}
    chains = {genesis(identifier).digest: actor for identifier in aliases}
    values = {"aliases": json_text(aliases), "now": milliseconds(now)}
    emptied = ledger.count(_RECEIPTS, **values)
    for statement in _REST.values():
        ledger.run(statement, **values)
    ledger.run(_REMEMBER, chains=json_text(chains), now=milliseconds(now))
    return emptied


def erase_stray(ledger: Ledger, number: int, now: datetime) -> None:
    """Empties a receipt that names no session."""
    ledger.run(_STRAY, number=number, now=milliseconds(now))


def sweep(ledger: Ledger) -> None:
    """What was erased leaves the journal of SQLite, too, unless others are reading it just now.

    On PostgreSQL it is autovacuum that gives the space of old rows to new ones.
    """
    ledger.run(_SWEEP)


def is_erased(ledger: Ledger, identifier: str) -> bool:
    """Whether there was such a session once."""
    return bool(ledger.run(_IS_ERASED, chain=genesis(identifier).digest))


def _says(body: bytes, said: str) -> bool:
    text = body.decode("utf-8", "replace")
    return said in text or said in _unescaped(text)


def _unescaped(text: str) -> str:
    """What is beyond the first 65,536 characters of Unicode comes in two halves."""
    halves = _ESCAPE.sub(lambda found: chr(int(found[1], 16)) if found[1] else found[2], text)
    return halves.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)

_SESSIONS_OF = Statement("SELECT identifier FROM session WHERE student = :student ORDER BY id")

_UNREAD = Statement("""
SELECT id, identifier, body FROM receipt
WHERE verdict = :verdict AND verdict IN ('unrecognised', 'invalid') AND id > :after AND erased_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM session WHERE session.identifier = receipt.identifier)
ORDER BY id LIMIT :limit
""")

_IS_KNOWN = Statement("""
SELECT 1 WHERE EXISTS (SELECT 1 FROM session WHERE identifier = :identifier)
  OR EXISTS (SELECT 1 FROM receipt WHERE identifier = :identifier)
""")

_SESSION_ID = "(SELECT session.id FROM session WHERE session.identifier = :identifier)"

_UNDELIVERED = Statement(f"""
SELECT COUNT(*) FROM delivery
WHERE session_id = {_SESSION_ID} AND (delivered IS NULL OR delivered < wanted)
""")  # noqa: S608  # constants only

_HELD = Statement("SELECT held FROM session WHERE identifier = :identifier")


def _statement(sql: str) -> Statement:
    """Of JSON and of bytes each database speaks in its own words."""
    return Statement(
        sql.format(each="json_each", json="", nothing="CAST('' AS BLOB)"),
        postgresql=sql.format(each="json_each_text", json="::json", nothing="CAST('' AS bytea)"),
    )


_EMPTY = "headers = '{{}}', content = NULL, detail = '', body = {nothing}, erased_at = :now"

_NAMED = "(SELECT key FROM {each}(:aliases{json}))"

_SESSIONS = f"(SELECT session.id FROM session WHERE session.identifier IN {_NAMED})"  # noqa: S608  # as above

_RECEIPTS = _statement(f"""
UPDATE receipt SET identifier = alias.value, {_EMPTY} FROM {{each}}(:aliases{{json}}) AS alias
WHERE receipt.identifier = alias.key
""")  # noqa: S608  # as above

_STRAY = _statement(f"UPDATE receipt SET {_EMPTY} WHERE id = :number")  # noqa: S608  # as above

_ANSWERS = f"""(
  SELECT attempt.detail FROM attempt JOIN delivery ON delivery.id = attempt.delivery_id
  WHERE delivery.session_id IN {_SESSIONS}
)"""  # noqa: S608  # as above

_REST = {
    "target": _statement(f"UPDATE target SET detail = '' WHERE detail IN {_ANSWERS}"),  # noqa: S608  # as above
    "decision": _statement(f"""
UPDATE decision SET session_id = NULL, opened = '[]', closed = '[]', reasons = '[]', actor = NULL, note = NULL,
  said = '{{{{}}}}', erased_at = :now
WHERE session_id IN {_SESSIONS}
"""),  # noqa: S608  # as above
    "attempt": _statement(f"""
DELETE FROM attempt WHERE delivery_id IN (SELECT delivery.id FROM delivery WHERE session_id IN {_SESSIONS})
"""),  # noqa: S608  # as above
    "delivery": _statement(f"DELETE FROM delivery WHERE session_id IN {_SESSIONS}"),  # noqa: S608  # as above
    "watch": _statement(f"DELETE FROM watch WHERE identifier IN {_NAMED}"),  # noqa: S608  # as above
    "live": _statement(f"DELETE FROM live WHERE identifier IN {_NAMED}"),  # noqa: S608  # as above
    "session": _statement(f"DELETE FROM session WHERE identifier IN {_NAMED}"),  # noqa: S608  # as above
}
"""In this order, since the ones hang on the others."""

_REMEMBER = _statement("""
INSERT INTO erasure (chain, at, actor) SELECT key, :now, value FROM {each}(:chains{json}) WHERE TRUE
ON CONFLICT (chain) DO UPDATE SET at = excluded.at, actor = excluded.actor
""")

_SWEEP = Statement("PRAGMA wal_checkpoint(TRUNCATE)", postgresql="SELECT 1")

_IS_ERASED = Statement("SELECT 1 FROM erasure WHERE chain = :chain")
