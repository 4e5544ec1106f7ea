"""Reads sessions."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from proctor_results.domain.evidence import Link, genesis
from proctor_results.domain.session import Session
from proctor_results.store.columns import SESSION, json_text, milliseconds, session
from proctor_results.store.ledger import Ledger
from proctor_results.store.statement import Statement


@dataclass(frozen=True, kw_only=True)
class Known:
    """What the ledger knows before something that arrived is judged.

    `applied` says whether the same content was applied before, `newest` is the receipt that the next one follows;
    `erased`, that there was such a session once.
    """

    session: Session | None
    applied: bool
    newest: Link
    erased: bool


def find(ledger: Ledger, identifier: str) -> Session | None:
    """The session as it is now. Raises LedgerAway."""
    rows = ledger.run(_FIND, identifier=identifier)
    return session(rows[0]) if rows else None


def find_all(ledger: Ledger, identifiers: Iterable[str]) -> dict[str, Session]:
    """The sessions of these identifiers as they are now, by identifier; what is not there is left out."""
    found = (session(row) for row in ledger.run(_FIND_ALL, identifiers=json_text([*identifiers])))
    return {each.identifier: each for each in found}


def is_still(ledger: Ledger, session: Session) -> bool:
    """Whether the session is as it was read. In a transaction it stays so, and no report about it is kept meanwhile."""
    return bool(ledger.run(_IS_STILL, identifier=session.identifier, revision=session.revision))


def known(ledger: Ledger, identifier: str, content: str | None) -> Known:
    """What is known of the session, and of a report with this `content`. Raises LedgerAway."""
    beginning = genesis(identifier)
    values = {"identifier": identifier, "content": content, "chain": beginning.digest}
    applied, erased, place, digest, *row = ledger.run(_KNOWN, **values)[0]
    return Known(
        session=None if row[0] is None else session(row),
        applied=bool(applied),
        erased=bool(erased),
        newest=beginning if place is None else Link(place, digest),
    )


def has_settled(ledger: Ledger, now: datetime) -> bool:
    """Whether some outcome has settled that is not final yet; asks without writing. Raises LedgerAway."""
    return bool(ledger.run(_HAS_SETTLED, now=milliseconds(now)))


def take_settled(ledger: Ledger, now: datetime, limit: int) -> list[Session]:
    """At most `limit` sessions whose outcome has settled. Call it in the transaction that makes them final.

    Until then nobody else can change them, and no other worker is given them. Raises LedgerAway.
    """
    return [session(row) for row in ledger.run(_TAKE_SETTLED, now=milliseconds(now), limit=limit)]


def last(ledger: Ledger) -> int:
    """How far the numbers of sessions go. Raises LedgerAway."""
    return int(ledger.run(_LAST)[0][0])


def pages(ledger: Ledger) -> Iterator[tuple[int, list[Session]]]:
    """All sessions, some at a time, each time with how far their numbers have grown. Raises LedgerAway."""
    after = 0
    while rows := ledger.run(_PAGE, after=after, limit=_AT_ONCE):
        yield rows[-1][0] - after, [session(row[1:]) for row in rows]
        after = rows[-1][0]


_AT_ONCE = 200

_LAST = Statement("SELECT COALESCE(MAX(id), 0) FROM session WHERE id > 0")  # so that plans show the index

_PAGE = Statement(f"""
SELECT session.id, {SESSION} FROM session WHERE session.id > :after ORDER BY session.id LIMIT :limit
""")  # noqa: S608  # constants only

_FIND = Statement(f"SELECT {SESSION} FROM session WHERE identifier = :identifier")  # noqa: S608  # constants only

_FIND_ALL = Statement(
    f"SELECT {SESSION} FROM session WHERE identifier IN (SELECT value FROM json_each(:identifiers))",  # noqa: S608  # as above
    postgresql=f"""
SELECT {SESSION} FROM session
WHERE identifier = ANY (ARRAY(SELECT json_array_elements_text(CAST(:identifiers AS json))))
""",  # noqa: S608  # as above
)

_IS_STILL = Statement("SELECT 1 FROM session WHERE identifier = :identifier AND revision = :revision FOR UPDATE")

_KNOWN = Statement(f"""
SELECT EXISTS (
  SELECT 1 FROM receipt WHERE receipt.identifier = :identifier AND content = :content AND verdict = 'applied'
), session.id IS NULL AND EXISTS (SELECT 1 FROM erasure WHERE chain = :chain), newest.place, newest.digest, {SESSION}
FROM (SELECT 1) AS one
LEFT JOIN session ON session.identifier = :identifier
LEFT JOIN (
  SELECT place, digest FROM receipt WHERE receipt.identifier = :identifier ORDER BY place DESC LIMIT 1
) AS newest ON 1 = 1
""")  # noqa: S608  # as above

_HAS_SETTLED = Statement("SELECT 1 FROM session WHERE settles_at <= :now LIMIT 1")

_TAKE_SETTLED = Statement(f"""
SELECT {SESSION} FROM session WHERE settles_at <= :now ORDER BY settles_at LIMIT :limit FOR UPDATE SKIP LOCKED
""")  # noqa: S608  # as above
