"""Reads everything that is evidence in the order of its ids, a page at a time, and takes it as it is."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from proctor_results.database.connection import Database, DatabaseUnavailable
from proctor_results.database.connection import Row as DatabaseRow
from proctor_results.database.statement import Statement
from proctor_results.evidence import rows
from proctor_results.evidence.checkpoints_store import COLUMNS

Row = dict[str, Any]
PAGE_SIZE = 200
"""A body may have a quarter of a megabyte, so a page is short."""
ID_STEP = 5_000
MIN_ID = -(2**63)
"""Of our own ids the lowest is 1; of those that somebody else has given there may be lower ones."""


def read_receipts(
    database: Database, last_id: int, on_progress: Callable[[int], None]
) -> Iterator[Row]:
    """The receipts up to an id, each with id and digest of the one at the place before it. Raises LedgerAway.

    `read` is told, here and below, by how much the ids have grown with each page.
    """
    return _read_pages(database, _RECEIPTS, _RECEIPT_COLUMNS, on_progress, last=last_id)


def read_receipts_of(database: Database, identifier: str) -> Iterator[Row]:
    """Those of one session. Raises LedgerAway."""
    return _read_pages(
        database, _RECEIPTS_OF, _RECEIPT_COLUMNS, _ignore_progress, identifier=identifier
    )


def read_receipt_ids(database: Database, identifier: str) -> list[int]:
    """Their ids alone. Raises LedgerAway."""
    return [receipt_id for (receipt_id,) in database.fetch(_RECEIPT_IDS, identifier=identifier)]


def read_decisions(
    database: Database, last_id: int, on_progress: Callable[[int], None]
) -> Iterator[Row]:
    """The decisions up to an id, each with the session's identifier and the receipt's digest. Raises LedgerAway."""
    return map(
        _with_booleans,
        _read_pages(database, _DECISIONS, _DECISION_COLUMNS, on_progress, last=last_id),
    )


def read_decisions_of(database: Database, identifier: str) -> Iterator[Row]:
    """Those about one session. Raises LedgerAway."""
    return map(
        _with_booleans,
        _read_pages(
            database, _DECISIONS_OF, _DECISION_COLUMNS, _ignore_progress, identifier=identifier
        ),
    )


def find_truncated_chains(database: Database) -> Iterator[Row]:
    """The sessions of which the newest receipt that they have counted is missing. Raises LedgerAway."""
    for after in range(0, database.fetch(_LAST_SESSION_ID)[0][0], ID_STEP):
        yield from _to_dicts(
            _SESSION_COLUMNS, _read_page(database, _TRUNCATED, after=after, last=after + ID_STEP)
        )


def find_truncated_chain_of(database: Database, identifier: str) -> Iterator[Row]:
    """The session, if it is one of those. Raises LedgerAway."""
    return _to_dicts(_SESSION_COLUMNS, _read_page(database, _TRUNCATED_OF, identifier=identifier))


def read_checkpoints(database: Database, last_id: int) -> Iterator[DatabaseRow]:
    """The checkpoints up to an id, not read yet. Raises LedgerAway."""
    return (
        tuple(row.values())
        for row in _read_pages(database, _CHECKPOINTS, COLUMNS, _ignore_progress, last=last_id)
    )


def read_policies(database: Database) -> Iterator[Row]:
    """Every policy that has judged. Raises LedgerAway."""
    return _to_dicts(("sha256", "text"), _read_page(database, _POLICIES))


def _ignore_progress(_: int) -> None:
    """Nobody wants to know."""


def _read_pages(
    database: Database,
    statement: Statement,
    names: tuple[str, ...],
    on_progress: Callable[[int], None],
    **values: object,
) -> Iterator[Row]:
    after = MIN_ID
    while page := _read_page(database, statement, after=after, limit=PAGE_SIZE, **values):
        yield from _to_dicts(names, page)
        on_progress(max(0, page[-1][0]) - max(0, after))
        after = page[-1][0]


def _to_dicts(names: tuple[str, ...], page: list[DatabaseRow]) -> Iterator[Row]:
    return (dict(zip(names, row, strict=True)) for row in page)


def _read_page(database: Database, statement: Statement, **values: object) -> list[DatabaseRow]:
    try:
        return database.fetch(statement, **values)
    except DatabaseUnavailable:
        if not database.is_sqlite:
            raise
        with _tolerant_decoding(database):
            return database.fetch(statement, **values)


@contextmanager
def _tolerant_decoding(database: Database) -> Iterator[None]:
    """SQLite stores whatever somebody makes of a text; what is not UTF-8 it cannot give back as one."""
    connection: sqlite3.Connection = database.peewee_database.connection()
    previous_factory = connection.text_factory
    connection.text_factory = lambda stored: stored.decode(errors="surrogateescape")
    try:
        yield
    finally:
        connection.text_factory = previous_factory


def _with_booleans(row: Row) -> Row:
    """SQLite has no booleans, but 0 and 1."""
    return {**row, "revised": {0: False, 1: True}.get(row["revised"], row["revised"])}


def _qualified_columns(table: str, names: Iterable[str]) -> str:
    return ", ".join(f"{table}.{name}" for name in names)


_STORED_RECEIPT_COLUMNS = ("id", *rows.RECEIPT_COLUMNS, "pruned_at", "erased_at")
_RECEIPT_COLUMNS = (*_STORED_RECEIPT_COLUMNS, "before_id", "before_record_sha256")
_STORED_DECISION_COLUMNS = ("id", "receipt_id", *rows.DECISION_COLUMNS, "erased_at")
_DECISION_COLUMNS = (*_STORED_DECISION_COLUMNS, "identifier", "receipt_sha256")
_SESSION_COLUMNS = ("id", "identifier", "receipt_count")

_SELECT_RECEIPTS = f"""
SELECT {_qualified_columns("receipt", _STORED_RECEIPT_COLUMNS)}, before.id, before.record_sha256
FROM receipt
LEFT JOIN receipt AS before ON before.identifier = receipt.identifier AND before.chain_position = receipt.chain_position - 1
WHERE receipt.id > :after
"""  # constants only

_RECEIPTS = Statement(
    f"{_SELECT_RECEIPTS} AND receipt.id <= :last ORDER BY receipt.id LIMIT :limit"
)

_RECEIPTS_OF = Statement(
    f"{_SELECT_RECEIPTS} AND receipt.identifier = :identifier ORDER BY receipt.id LIMIT :limit"
)

_RECEIPT_IDS = Statement("SELECT id FROM receipt WHERE identifier = :identifier ORDER BY id")

_SELECT_DECISIONS = f"""
SELECT {_qualified_columns("decision", _STORED_DECISION_COLUMNS)}, session.identifier, receipt.record_sha256
FROM decision
LEFT JOIN session ON session.id = decision.session_id
LEFT JOIN receipt ON receipt.id = decision.receipt_id
WHERE decision.id > :after
"""  # as above

_DECISIONS = Statement(
    f"{_SELECT_DECISIONS} AND decision.id <= :last ORDER BY decision.id LIMIT :limit"
)

_DECISIONS_OF = Statement(
    f"{_SELECT_DECISIONS} AND session.identifier = :identifier ORDER BY decision.id LIMIT :limit"
)

_LAST_SESSION_ID = Statement("SELECT COALESCE(MAX(id), 0) FROM session")

_SELECT_TRUNCATED = f"""
SELECT {_qualified_columns("session", _SESSION_COLUMNS)} FROM session
WHERE receipt_count IS NOT NULL AND NOT EXISTS (
  SELECT 1 FROM receipt WHERE receipt.identifier = session.identifier AND receipt.chain_position = session.receipt_count
)
"""  # as above

_TRUNCATED = Statement(
    f"{_SELECT_TRUNCATED} AND session.id > :after AND session.id <= :last ORDER BY session.id"
)

_TRUNCATED_OF = Statement(f"{_SELECT_TRUNCATED} AND session.identifier = :identifier")

_CHECKPOINTS = Statement(f"""
SELECT {", ".join(COLUMNS)} FROM checkpoint WHERE id > :after AND id <= :last ORDER BY id LIMIT :limit
""")  # as above

_POLICIES = Statement("SELECT sha256, text FROM policy")
