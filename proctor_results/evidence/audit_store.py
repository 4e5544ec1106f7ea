"""Reads evidence page by page in the order of its ids, exactly as it is stored.

Plain tables are read, not models: a model's fields would fail on values that an intruder wrote.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import peewee

from proctor_results.database.connection import Database, DatabaseUnavailable
from proctor_results.evidence import rows
from proctor_results.evidence.checkpoints_store import CHECKPOINTS, last_id

Row = dict[str, Any]
ProgressCallback = Callable[[int], object]
PAGE_SIZE = 200
"""A body may have a quarter of a megabyte, so a page is short."""
SESSION_ID_STEP = 5_000
MIN_ID = -(2**63)
"""Our own ids start at 1; an intruder may have inserted lower ones."""


def read_receipts(
    database: Database, last_id: int, report_progress: ProgressCallback
) -> Iterator[Row]:
    """Yield the receipts up to an id, each with `before_id` and `before_record_sha256`.

    `report_progress` gets, here and below, by how much the ids have grown with each page. Raises
    DatabaseUnavailable, as all functions here do.
    """
    return _read_pages(database, _RECEIPTS.where(_receipt.c.id <= last_id), report_progress)


def read_receipts_of(database: Database, identifier: str) -> Iterator[Row]:
    """Yield the receipts of one session, in the same form."""
    return _read_pages(database, _RECEIPTS.where(_receipt.c.identifier == identifier))


def read_receipt_ids(database: Database, identifier: str) -> list[int]:
    """Return the ids of a session's receipts, in ascending order."""
    query = _receipt.select(_receipt.c.id).where(_receipt.c.identifier == identifier)
    return [row["id"] for row in database.select(query.order_by(_receipt.c.id))]


def read_decisions(
    database: Database, last_id: int, report_progress: ProgressCallback
) -> Iterator[Row]:
    """Yield the decisions up to an id, each with `identifier` and `receipt_sha256`."""
    query = _DECISIONS.where(_decision.c.id <= last_id)
    return map(_with_booleans, _read_pages(database, query, report_progress))


def read_decisions_of(database: Database, identifier: str) -> Iterator[Row]:
    """Yield the decisions about one session, in the same form."""
    query = _DECISIONS.where(_session.c.identifier == identifier)
    return map(_with_booleans, _read_pages(database, query))


def find_truncated_chains(database: Database) -> Iterator[Row]:
    """Yield `id`, `identifier` and `receipt_count` of sessions whose newest receipt is missing."""
    for after_id in range(0, last_id(database, "session"), SESSION_ID_STEP):
        id_range = _session.c.id.between(after_id + 1, after_id + SESSION_ID_STEP)
        yield from _read(database, _TRUNCATED_CHAINS.where(id_range).order_by(_session.c.id))


def find_truncated_chain_of(database: Database, identifier: str) -> list[Row]:
    """Return one session in the same form, if its newest receipt is missing."""
    return _read(database, _TRUNCATED_CHAINS.where(_session.c.identifier == identifier))


def read_checkpoints(database: Database, last_id: int) -> Iterator[Row]:
    """Yield the checkpoints up to an id, for `checkpoint_from_row`."""
    return _read_pages(database, CHECKPOINTS.where(peewee.Table("checkpoint").c.id <= last_id))


def read_policies(database: Database) -> list[Row]:
    """Return `sha256` and `text` of every policy that has decided something."""
    policy = peewee.Table("policy")
    return _read(database, policy.select(policy.c.sha256, policy.c.text))


def _read_pages(
    database: Database, query: peewee.Select, report_progress: ProgressCallback = lambda _: None
) -> Iterator[Row]:
    """The first column of the query is the id."""
    id_column = query.selected_columns[0]
    page_query = query.order_by(id_column).limit(PAGE_SIZE)
    after_id = MIN_ID
    while page := _read(database, page_query.where(id_column > after_id)):
        yield from page
        report_progress(max(0, page[-1]["id"]) - max(0, after_id))
        after_id = page[-1]["id"]


def _read(database: Database, query: peewee.Select) -> list[Row]:
    try:
        return database.select(query.clone())
    except DatabaseUnavailable:
        if not database.is_sqlite:
            raise
        with _tolerant_decoding(database):
            return database.select(query.clone())


@contextmanager
def _tolerant_decoding(database: Database) -> Iterator[None]:
    """SQLite stores any bytes as a text, and cannot return them as one where they are not UTF-8."""
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


def _columns(table: peewee.Table, names: Iterable[str]) -> list[peewee.Column]:
    return [table.c[name] for name in names]


_receipt, _decision, _session = map(peewee.Table, ("receipt", "decision", "session"))
_before = _receipt.alias("before")

_RECEIPTS = _receipt.select(
    *_columns(_receipt, ("id", *rows.RECEIPT_COLUMNS, "pruned_at", "erased_at")),
    _before.c.id.alias("before_id"),
    _before.c.record_sha256.alias("before_record_sha256"),
).join(
    _before,
    peewee.JOIN.LEFT_OUTER,
    on=(_before.c.identifier == _receipt.c.identifier)
    & (_before.c.chain_position == _receipt.c.chain_position - 1),
)

_DECISIONS = (
    _decision.select(
        *_columns(_decision, ("id", "receipt_id", *rows.DECISION_COLUMNS, "erased_at")),
        _session.c.identifier,
        _receipt.c.record_sha256.alias("receipt_sha256"),
    )
    .join(_session, peewee.JOIN.LEFT_OUTER, on=_session.c.id == _decision.c.session_id)
    .join(_receipt, peewee.JOIN.LEFT_OUTER, on=_receipt.c.id == _decision.c.receipt_id)
)

_TRUNCATED_CHAINS = _session.select(
    *_columns(_session, ("id", "identifier", "receipt_count"))
).where(
    _session.c.receipt_count.is_null(False),
    ~peewee.fn.EXISTS(
        _receipt.select(peewee.SQL("1")).where(
            _receipt.c.identifier == _session.c.identifier,
            _receipt.c.chain_position == _session.c.receipt_count,
        )
    ),
)
