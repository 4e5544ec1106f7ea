"""Multiplies the rows of a small database within the database, as rows of other sessions.

All columns are copied as the schema has them. Identifiers get another prefix in each copy; row
numbers, feed positions and times move up. Digests are copied unchanged, so the copies do not
verify.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from proctor_results.database.connection import Database
from proctor_results.database.statement import Statement
from proctor_results.formats.times import to_milliseconds

COPY_INTERVAL = timedelta(seconds=1)
"""The time between one copy and the next."""

_BATCH_SIZE = 5000
_TABLES = ("session", "receipt", "decision", "delivery", "attempt", "heartbeat_state")


def copy_rows(
    database: Database, copies: int, now: datetime, report_progress: Callable[[str], None]
) -> None:
    """Make that many copies, the original rows included.

    Running exams go on for hours after `now`.
    """
    statements = [_copy_statement(database, table) for table in _TABLES]
    deadline = to_milliseconds(now + timedelta(hours=12))
    _run(database, _BULK_LOAD_SETUP[database.dialect])
    with _without_indexes(database, report_progress):
        for first in range(1, copies, _BATCH_SIZE):
            last = min(first + _BATCH_SIZE, copies) - 1
            with database.transaction():
                for statement in statements:
                    database.fetch(statement, first=first, last=last, alive=deadline)
            report_progress(f"{100 * (last + 1) // copies} % of the sessions are there")
    _run(database, _BULK_LOAD_CLEANUP[database.dialect])


def scattered_prefix(number: int) -> str:
    """Return the identifiers' prefix in a copy: in no order, as those that an LMS gives."""
    return f"{(number * _PREFIX_FACTOR + _PREFIX_OFFSET) % 2**32:08x}"


_PREFIX_OFFSET = 0x5EED5EED
_PREFIX_FACTOR = 2654435761  # odd, so that no two numbers below 2^32 come out as the same one
TEMPLATE_PREFIX = scattered_prefix(0)
"""The prefix of the original rows; no other text in them may look like it."""


def _run(database: Database, statements: Iterable[str]) -> None:
    for statement in statements:
        database.fetch(Statement(statement))


@contextmanager
def _without_indexes(database: Database, report_progress: Callable[[str], None]) -> Iterator[None]:
    """Drop the indexes, and build each of all rows at the end, which is much faster."""
    indexes = database.fetch(_INDEXES)
    _run(database, [f"DROP INDEX {name}" for name, _ in indexes])
    yield
    report_progress(f"the sessions get their {len(indexes)} indexes")
    _run(database, [definition for _, definition in indexes])


def _copy_statement(database: Database, table: str) -> Statement:
    """Copy the rows of a table for the copies from `:first` to `:last`."""
    column_types = {
        column.name: column.data_type.lower()
        for column in database.peewee_database.get_columns(table)
    }
    values = ", ".join(
        _copied_value(database, table, name, column_type)
        for name, column_type in column_types.items()
    )
    source_condition = (
        f"made.id <= {_ids_per_copy(database, table)}"
        if "id" in column_types
        else _SOURCE_CONDITION
    )
    insert_clause = f"INSERT INTO {table} ({', '.join(column_types)})"
    select_clause = (
        f"SELECT {values} FROM copy CROSS JOIN {table} AS made WHERE {source_condition}"  # as below
    )
    return Statement(f"{_COPY_NUMBERS[database.dialect]} {insert_clause} {select_clause}")


def _copied_value(database: Database, table: str, name: str, column_type: str) -> str:
    if name in _ID_COLUMNS:
        return f"made.{name} + copy.number * {_ids_per_copy(database, _ID_COLUMNS[name] or table)}"
    if name == "deadline":
        return ":alive"
    if name.endswith(("_at", "_since")):
        return f"made.{name} + copy.number * {COPY_INTERVAL // timedelta(milliseconds=1)}"
    return _RENAMED_VALUES.get(column_type, "made.{name}").format(name=name, mark=TEMPLATE_PREFIX)


def _ids_per_copy(database: Database, table: str) -> int:
    """Return how many row numbers one copy takes, some of them unused."""
    return int(database.fetch(Statement(f"SELECT MAX(id) FROM {table}"))[0][0])  # names from above


_INDEXES = Statement(
    "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL",
    postgresql="""
SELECT indexname, indexdef FROM pg_indexes
WHERE schemaname = current_schema() AND indexname NOT LIKE '%_pkey'
""",
)

_ID_COLUMNS = {
    "id": "",
    "session_id": "session",
    "receipt_id": "receipt",
    "delivery_id": "delivery",
    "feed_position": "session",
}
"""Columns with row numbers and the table that they number; an empty name is their own table."""

_SOURCE_CONDITION = f"made.identifier BETWEEN '{TEMPLATE_PREFIX}-' AND '{TEMPLATE_PREFIX}-x'"
"""The index finds rows without a number by it; a LIKE would read every copy for every copy."""

_RENAMED_VALUES = {
    "text": "replace(made.{name}, '{mark}', copy.beginning)",
    "blob": "CAST(replace(CAST(made.{name} AS TEXT), '{mark}', copy.beginning) AS BLOB)",
    "bytea": (
        "convert_to(replace(convert_from(made.{name}, 'UTF8'), '{mark}', copy.beginning), 'UTF8')"
    ),
}
"""Values by the type of their column."""

_COPY_NUMBERS = {
    "sqlite": f"""
WITH RECURSIVE numbered (number) AS (
  SELECT :first UNION ALL SELECT number + 1 FROM numbered WHERE number < :last
),
copy AS (
  SELECT number,
    printf('%08x', (number * {_PREFIX_FACTOR} + {_PREFIX_OFFSET}) & 4294967295) AS beginning
  FROM numbered
)
""",  # numbers from above
    "postgresql": f"""
WITH copy AS (
  SELECT number,
    lpad(to_hex((number * {_PREFIX_FACTOR} + {_PREFIX_OFFSET}) & 4294967295), 8, '0') AS beginning
  FROM generate_series(CAST(:first AS bigint), CAST(:last AS bigint)) AS numbered (number)
)
""",  # as above
}

_UPDATE_FEED_COUNTER = (
    "UPDATE feed_counter SET last_position = (SELECT MAX(feed_position) FROM session)"
)
_BULK_LOAD_SETUP = {
    "sqlite": (
        "PRAGMA foreign_keys = off",
        "PRAGMA synchronous = off",
        "PRAGMA journal_mode = off",
    ),
    "postgresql": (
        "SET statement_timeout = 0",
        "SET synchronous_commit = off",
        "SET session_replication_role = replica",  # foreign keys hold by construction
    ),
}
_BULK_LOAD_CLEANUP = {
    "sqlite": (
        "PRAGMA journal_mode = wal",
        "PRAGMA synchronous = full",
        _UPDATE_FEED_COUNTER,
        "PRAGMA wal_checkpoint(TRUNCATE)",
    ),
    "postgresql": (
        _UPDATE_FEED_COUNTER,
        *(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT MAX(id) FROM {table}))"
            for table in _TABLES
            if table != "heartbeat_state"
        ),
        "VACUUM ANALYZE",
        "CHECKPOINT",
    ),
}
"""Leaves no deferred work for the time of the measurement."""
