"""Reads sessions."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from proctor_results.database.connection import Database
from proctor_results.database.serialization import SESSION_COLUMNS, session_from_row
from proctor_results.database.statement import Statement
from proctor_results.database.values import dump_json, to_milliseconds
from proctor_results.evidence.hash_chain import ChainLink, chain_start
from proctor_results.sessions.model import Session


@dataclass(frozen=True, kw_only=True)
class SessionContext:
    """What the ledger knows before something that arrived is judged.

    `applied` says whether the same content was applied before, `newest` is the receipt that the next one follows;
    `erased`, that there was such a session once.
    """

    session: Session | None
    is_duplicate: bool
    chain_head: ChainLink
    is_erased: bool


def get(database: Database, identifier: str) -> Session | None:
    """The session as it is now. Raises LedgerAway."""
    rows = database.fetch(_GET, identifier=identifier)
    return session_from_row(rows[0]) if rows else None


def get_many(database: Database, identifiers: Iterable[str]) -> dict[str, Session]:
    """The sessions of these identifiers as they are now, by identifier; what is not there is left out."""
    found_sessions = (
        session_from_row(row)
        for row in database.fetch(_GET_MANY, identifiers=dump_json([*identifiers]))
    )
    return {found_session.identifier: found_session for found_session in found_sessions}


def lock_if_unchanged(database: Database, session: Session) -> bool:
    """Whether the session is as it was read. In a transaction it stays so, and no report about it is kept meanwhile."""
    return bool(
        database.fetch(_LOCK_IF_UNCHANGED, identifier=session.identifier, revision=session.revision)
    )


def load_context(database: Database, identifier: str, content_sha256: str | None) -> SessionContext:
    """What is known of the session, and of a report with this `content`. Raises LedgerAway."""
    start = chain_start(identifier)
    values = {
        "identifier": identifier,
        "content_sha256": content_sha256,
        "identifier_sha256": start.record_sha256,
    }
    is_duplicate, is_erased, chain_position, digest, *row = database.fetch(_LOAD_CONTEXT, **values)[
        0
    ]
    return SessionContext(
        session=None if row[0] is None else session_from_row(row),
        is_duplicate=bool(is_duplicate),
        is_erased=bool(is_erased),
        chain_head=start if chain_position is None else ChainLink(chain_position, digest),
    )


def any_due_to_finalize(database: Database, now: datetime) -> bool:
    """Whether some outcome has settled that is not final yet; asks without writing. Raises LedgerAway."""
    return bool(database.fetch(_ANY_DUE_TO_FINALIZE, now=to_milliseconds(now)))


def claim_due_to_finalize(database: Database, now: datetime, limit: int) -> list[Session]:
    """At most `limit` sessions whose outcome has settled. Call it in the transaction that makes them final.

    Until then nobody else can change them, and no other worker is given them. Raises LedgerAway.
    """
    return [
        session_from_row(row)
        for row in database.fetch(_CLAIM_DUE_TO_FINALIZE, now=to_milliseconds(now), limit=limit)
    ]


def last_id(database: Database) -> int:
    """How far the numbers of sessions go. Raises LedgerAway."""
    return int(database.fetch(_LAST_ID)[0][0])


def read_pages(database: Database) -> Iterator[tuple[int, list[Session]]]:
    """All sessions, some at a time, each time with how far their numbers have grown. Raises LedgerAway."""
    after = 0
    while rows := database.fetch(_PAGE, after=after, limit=_PAGE_SIZE):
        yield rows[-1][0] - after, [session_from_row(row[1:]) for row in rows]
        after = rows[-1][0]


_PAGE_SIZE = 200

_LAST_ID = Statement(
    "SELECT COALESCE(MAX(id), 0) FROM session WHERE id > 0"
)  # so that plans show the index

_PAGE = Statement(f"""
SELECT session.id, {SESSION_COLUMNS} FROM session WHERE session.id > :after ORDER BY session.id LIMIT :limit
""")  # constants only

_GET = Statement(
    f"SELECT {SESSION_COLUMNS} FROM session WHERE identifier = :identifier"
)  # constants only

_GET_MANY = Statement(
    f"SELECT {SESSION_COLUMNS} FROM session WHERE identifier IN (SELECT value FROM json_each(:identifiers))",  # as above
    postgresql=f"""
SELECT {SESSION_COLUMNS} FROM session
WHERE identifier = ANY (ARRAY(SELECT json_array_elements_text(CAST(:identifiers AS json))))
""",  # as above
)

_LOCK_IF_UNCHANGED = Statement(
    "SELECT 1 FROM session WHERE identifier = :identifier AND revision = :revision FOR UPDATE"
)

_LOAD_CONTEXT = Statement(f"""
SELECT EXISTS (
  SELECT 1 FROM receipt WHERE receipt.identifier = :identifier AND content_sha256 = :content_sha256 AND result = 'applied'
), session.id IS NULL AND EXISTS (SELECT 1 FROM erasure WHERE identifier_sha256 = :identifier_sha256), newest.chain_position, newest.record_sha256, {SESSION_COLUMNS}
FROM (SELECT 1) AS one
LEFT JOIN session ON session.identifier = :identifier
LEFT JOIN (
  SELECT chain_position, record_sha256 FROM receipt WHERE receipt.identifier = :identifier ORDER BY chain_position DESC LIMIT 1
) AS newest ON 1 = 1
""")  # as above

_ANY_DUE_TO_FINALIZE = Statement("SELECT 1 FROM session WHERE final_at <= :now LIMIT 1")

_CLAIM_DUE_TO_FINALIZE = Statement(f"""
SELECT {SESSION_COLUMNS} FROM session WHERE final_at <= :now ORDER BY final_at LIMIT :limit FOR UPDATE SKIP LOCKED
""")  # as above
