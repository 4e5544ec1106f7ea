"""Reads sessions."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import peewee

from proctor_results.database import models
from proctor_results.database.connection import Database
from proctor_results.database.statement import Statement
from proctor_results.evidence.hash_chain import ChainLink, chain_start
from proctor_results.formats.times import to_milliseconds
from proctor_results.sessions.model import Session
from proctor_results.sessions.rows import SESSION_COLUMNS, session_from_row


@dataclass(frozen=True, kw_only=True)
class SessionContext:
    """The stored state of a session before a request about it is evaluated.

    `is_duplicate` says whether the same content was applied before; `chain_head` is the receipt
    that the next one follows; `is_erased` says that the session was erased.
    """

    session: Session | None
    is_duplicate: bool
    chain_head: ChainLink
    is_erased: bool


def load_context(database: Database, identifier: str, content_sha256: str | None) -> SessionContext:
    """Return what is stored of the session and of this content. Raises DatabaseUnavailable."""
    start = chain_start(identifier)
    values = {"content_sha256": content_sha256, "identifier_sha256": start.record_sha256}
    row = database.fetch(_LOAD_CONTEXT, identifier=identifier, **values)[0]
    is_duplicate, is_erased, chain_position, record_sha256, *session_row = row
    return SessionContext(
        session=None if session_row[0] is None else session_from_row(session_row),
        is_duplicate=bool(is_duplicate),
        is_erased=bool(is_erased),
        chain_head=start if chain_position is None else ChainLink(chain_position, record_sha256),
    )


def get(database: Database, identifier: str) -> Session | None:
    """Return the session as it is now. Raises DatabaseUnavailable."""
    rows = database.fetch(_GET, identifier=identifier)
    return session_from_row(rows[0]) if rows else None


def lock_if_unchanged(database: Database, session: Session) -> bool:
    """Lock the session until the transaction ends; False where it is not as it was read."""
    return bool(
        database.fetch(_LOCK_IF_UNCHANGED, identifier=session.identifier, revision=session.revision)
    )


def any_due_to_finalize(database: Database, now: datetime) -> bool:
    """Whether an outcome is due to become final; reads only. Raises DatabaseUnavailable."""
    return bool(database.fetch(_ANY_DUE_TO_FINALIZE, now=to_milliseconds(now)))


def claim_due_to_finalize(database: Database, now: datetime, limit: int) -> list[Session]:
    """Lock at most `limit` sessions whose outcome is due to become final.

    No other worker is given them before the transaction ends. Raises DatabaseUnavailable.
    """
    rows = database.fetch(_CLAIM_DUE_TO_FINALIZE, now=to_milliseconds(now), limit=limit)
    return [session_from_row(row) for row in rows]


def last_id(database: Database) -> int:
    """Return the highest id of a session, or 0. Raises DatabaseUnavailable."""
    query = models.Session.select(peewee.fn.COALESCE(peewee.fn.MAX(models.Session.id), 0))
    return int(database.select(query.tuples())[0][0])


def read_pages(database: Database) -> Iterator[tuple[int, list[Session]]]:
    """Yield all sessions page by page, each with the number of ids passed."""
    after = 0
    while rows := database.fetch(_PAGE, after=after, limit=_PAGE_SIZE):
        yield rows[-1][0] - after, [session_from_row(row[1:]) for row in rows]
        after = rows[-1][0]


_PAGE_SIZE = 200

_PAGE = Statement(f"""
SELECT session.id, {SESSION_COLUMNS} FROM session
WHERE session.id > :after ORDER BY session.id LIMIT :limit
""")

_GET = Statement(f"SELECT {SESSION_COLUMNS} FROM session WHERE identifier = :identifier")

_LOCK_IF_UNCHANGED = Statement(
    "SELECT 1 FROM session WHERE identifier = :identifier AND revision = :revision FOR UPDATE"
)

_LOAD_CONTEXT = Statement(f"""
SELECT EXISTS (
  SELECT 1 FROM receipt WHERE receipt.identifier = :identifier
    AND content_sha256 = :content_sha256 AND result = 'applied'
), session.id IS NULL AND EXISTS (
  SELECT 1 FROM erasure WHERE identifier_sha256 = :identifier_sha256
), newest.chain_position, newest.record_sha256, {SESSION_COLUMNS}
FROM (SELECT 1) AS one
LEFT JOIN session ON session.identifier = :identifier
LEFT JOIN (
  SELECT chain_position, record_sha256 FROM receipt
  WHERE receipt.identifier = :identifier ORDER BY chain_position DESC LIMIT 1
) AS newest ON 1 = 1
""")

_ANY_DUE_TO_FINALIZE = Statement("SELECT 1 FROM session WHERE final_at <= :now LIMIT 1")

_CLAIM_DUE_TO_FINALIZE = Statement(f"""
SELECT {SESSION_COLUMNS} FROM session
WHERE final_at <= :now ORDER BY final_at LIMIT :limit FOR UPDATE SKIP LOCKED
""")
