"""Reads everything that is evidence in the order of its ids, a page at a time, and takes it as it is."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from proctor_results.store import rows
from proctor_results.store.checkpoints import COLUMNS
from proctor_results.store.ledger import Ledger, LedgerAway
from proctor_results.store.ledger import Row as Values
from proctor_results.store.statement import Statement

Row = dict[str, Any]
PAGE = 200
"""A body may have a quarter of a megabyte, so a page is short."""
STRIDE = 5_000
LOWEST = -(2**63)
"""Of our own ids the lowest is 1; of those that somebody else has given there may be lower ones."""


def receipts(ledger: Ledger, last: int, read: Callable[[int], None]) -> Iterator[Row]:
    """The receipts up to an id, each with id and digest of the one at the place before it. Raises LedgerAway.

    `read` is told, here and below, by how much the ids have grown with each page.
    """
    return _paged(ledger, _RECEIPTS, _RECEIPT, read, last=last)


def receipts_of(ledger: Ledger, identifier: str) -> Iterator[Row]:
    """Those of one session. Raises LedgerAway."""
    return _paged(ledger, _RECEIPTS_OF, _RECEIPT, _nobody, identifier=identifier)


def receipt_ids(ledger: Ledger, identifier: str) -> list[int]:
    """Their ids alone. Raises LedgerAway."""
    return [number for (number,) in ledger.run(_IDS, identifier=identifier)]


def decisions(ledger: Ledger, last: int, read: Callable[[int], None]) -> Iterator[Row]:
    """The decisions up to an id, each with the session's identifier and the receipt's digest. Raises LedgerAway."""
    return map(_with_truth, _paged(ledger, _DECISIONS, _DECISION, read, last=last))


def decisions_of(ledger: Ledger, identifier: str) -> Iterator[Row]:
    """Those about one session. Raises LedgerAway."""
    return map(_with_truth, _paged(ledger, _DECISIONS_OF, _DECISION, _nobody, identifier=identifier))


def cut_chains(ledger: Ledger) -> Iterator[Row]:
    """The sessions of which the newest receipt that they have counted is missing. Raises LedgerAway."""
    for after in range(0, ledger.run(_LAST_SESSION)[0][0], STRIDE):
        yield from _rows(_SESSION, _page(ledger, _CUT, after=after, last=after + STRIDE))


def cut_chain_of(ledger: Ledger, identifier: str) -> Iterator[Row]:
    """The session, if it is one of those. Raises LedgerAway."""
    return _rows(_SESSION, _page(ledger, _CUT_OF, identifier=identifier))


def checkpoints(ledger: Ledger, last: int) -> Iterator[Values]:
    """The checkpoints up to an id, not read yet. Raises LedgerAway."""
    return (tuple(row.values()) for row in _paged(ledger, _CHECKPOINTS, COLUMNS, _nobody, last=last))


def policies(ledger: Ledger) -> Iterator[Row]:
    """Every policy that has judged. Raises LedgerAway."""
    return _rows(("sha256", "text"), _page(ledger, _POLICIES))


def _nobody(_: int) -> None:
    """Nobody wants to know."""


def _paged(
    ledger: Ledger, statement: Statement, names: tuple[str, ...], read: Callable[[int], None], **values: object
) -> Iterator[Row]:
    after = LOWEST
    while page := _page(ledger, statement, after=after, limit=PAGE, **values):
        yield from _rows(names, page)
        read(max(0, page[-1][0]) - max(0, after))
        after = page[-1][0]


def _rows(names: tuple[str, ...], page: list[Values]) -> Iterator[Row]:
    return (dict(zip(names, each, strict=True)) for each in page)


def _page(ledger: Ledger, statement: Statement, **values: object) -> list[Values]:
    try:
        return ledger.run(statement, **values)
    except LedgerAway:
        if not ledger.embedded:
            raise
        with _undecoded(ledger):
            return ledger.run(statement, **values)


@contextmanager
def _undecoded(ledger: Ledger) -> Iterator[None]:
    """SQLite stores whatever somebody makes of a text; what is not UTF-8 it cannot give back as one."""
    connection: sqlite3.Connection = ledger.database.connection()
    usual = connection.text_factory
    connection.text_factory = lambda stored: stored.decode(errors="surrogateescape")
    try:
        yield
    finally:
        connection.text_factory = usual


def _with_truth(row: Row) -> Row:
    """SQLite has no booleans, but 0 and 1."""
    return {**row, "revised": {0: False, 1: True}.get(row["revised"], row["revised"])}


def _columns(table: str, names: Iterable[str]) -> str:
    return ", ".join(f"{table}.{name}" for name in names)


_STORED_RECEIPT = ("id", *rows.RECEIPT, "pruned_at", "erased_at")
_RECEIPT = (*_STORED_RECEIPT, "before_id", "before_digest")
_STORED_DECISION = ("id", "receipt_id", *rows.DECISION, "erased_at")
_DECISION = (*_STORED_DECISION, "identifier", "receipt")
_SESSION = ("id", "identifier", "receipts")

_SELECT_RECEIPTS = f"""
SELECT {_columns("receipt", _STORED_RECEIPT)}, before.id, before.digest
FROM receipt
LEFT JOIN receipt AS before ON before.identifier = receipt.identifier AND before.place = receipt.place - 1
WHERE receipt.id > :after
"""  # noqa: S608  # constants only

_RECEIPTS = Statement(f"{_SELECT_RECEIPTS} AND receipt.id <= :last ORDER BY receipt.id LIMIT :limit")

_RECEIPTS_OF = Statement(f"{_SELECT_RECEIPTS} AND receipt.identifier = :identifier ORDER BY receipt.id LIMIT :limit")

_IDS = Statement("SELECT id FROM receipt WHERE identifier = :identifier ORDER BY id")

_SELECT_DECISIONS = f"""
SELECT {_columns("decision", _STORED_DECISION)}, session.identifier, receipt.digest
FROM decision
LEFT JOIN session ON session.id = decision.session_id
LEFT JOIN receipt ON receipt.id = decision.receipt_id
WHERE decision.id > :after
"""  # noqa: S608  # as above

_DECISIONS = Statement(f"{_SELECT_DECISIONS} AND decision.id <= :last ORDER BY decision.id LIMIT :limit")

_DECISIONS_OF = Statement(f"{_SELECT_DECISIONS} AND session.identifier = :identifier ORDER BY decision.id LIMIT :limit")

_LAST_SESSION = Statement("SELECT COALESCE(MAX(id), 0) FROM session")

_SELECT_CUT = f"""
SELECT {_columns("session", _SESSION)} FROM session
WHERE receipts IS NOT NULL AND NOT EXISTS (
  SELECT 1 FROM receipt WHERE receipt.identifier = session.identifier AND receipt.place = session.receipts
)
"""  # noqa: S608  # as above

_CUT = Statement(f"{_SELECT_CUT} AND session.id > :after AND session.id <= :last ORDER BY session.id")

_CUT_OF = Statement(f"{_SELECT_CUT} AND session.identifier = :identifier")

_CHECKPOINTS = Statement(f"""
SELECT {", ".join(COLUMNS)} FROM checkpoint WHERE id > :after AND id <= :last ORDER BY id LIMIT :limit
""")  # noqa: S608  # as above

_POLICIES = Statement("SELECT sha256, text FROM policy")
