"""Reads sessions."""

from dataclasses import dataclass

from proctor_results.domain.session import Session
from proctor_results.store.columns import SESSION, session
from proctor_results.store.ledger import Ledger
from proctor_results.store.statement import Statement


@dataclass(frozen=True, kw_only=True)
class Known:
    """What the ledger knows before a report is judged: the session, and whether it has applied the same content."""

    session: Session
    applied: bool


def find(ledger: Ledger, identifier: str) -> Session | None:
    """The session as it is now. Raises LedgerAway."""
    rows = ledger.run(_FIND, identifier=identifier)
    return session(rows[0]) if rows else None


def known(ledger: Ledger, identifier: str, content: str) -> Known | None:
    """The session together with whether a report of this `content` was applied to it. Raises LedgerAway."""
    rows = ledger.run(_KNOWN, identifier=identifier, content=content)
    return Known(session=session(rows[0][1:]), applied=bool(rows[0][0])) if rows else None


_FIND = Statement(f"SELECT {SESSION} FROM session WHERE identifier = :identifier")  # noqa: S608  # constants only

_KNOWN = Statement(f"""
SELECT EXISTS (
  SELECT 1 FROM receipt WHERE receipt.identifier = :identifier AND content = :content AND verdict = 'applied'
), {SESSION}
FROM session WHERE session.identifier = :identifier
""")  # noqa: S608  # as above
