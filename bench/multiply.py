"""Makes a full ledger of a small one, within the database: every row again and again, as of other sessions.

All columns are copied as the schema has them. What names a session names another one in each copy, numbers of rows and
places in the feed move up, and so do moments. Digests are copied as they are: the copies do not verify.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from proctor_results.store.columns import milliseconds
from proctor_results.store.ledger import Ledger
from proctor_results.store.statement import Statement

APART = timedelta(seconds=1)
"""Between one copy and the next."""

_AT_ONCE = 5000
_TABLES = ("session", "receipt", "decision", "delivery", "attempt", "watch")


def multiply(ledger: Ledger, copies: int, now: datetime, say: Callable[[str], None]) -> None:
    """Leaves the ledger with so many copies; the first is what was there. Whoever sits, sits for hours after `now`."""
    statements = [_copying(ledger, table) for table in _TABLES]
    alive = milliseconds(now + timedelta(hours=12))
    _run(ledger, _HURRY[ledger.dialect])
    with _without_indexes(ledger, say):
        for first in range(1, copies, _AT_ONCE):
            last = min(first + _AT_ONCE, copies) - 1
            with ledger.transaction():
                for statement in statements:
                    ledger.run(statement, first=first, last=last, alive=alive)
            say(f"{100 * (last + 1) // copies} % of the sessions are there")
    _run(ledger, _REST[ledger.dialect])


def scattered(number: int) -> str:
    """How all identifiers of a copy begin: in no order, as those that an LMS gives."""
    return f"{(number * _FACTOR + _START) % 2**32:08x}"


_START = 0x5EED5EED
_FACTOR = 2654435761  # odd, so that no two numbers below 2^32 come out as the same one
MARK = scattered(0)
"""How the identifiers begin that are to be copied; nothing else in their rows may look like it."""


def _run(ledger: Ledger, statements: Iterable[str]) -> None:
    for statement in statements:
        ledger.run(Statement(statement))


@contextmanager
def _without_indexes(ledger: Ledger, say: Callable[[str], None]) -> Iterator[None]:
    """Built of all rows at once in the end, they are there much sooner."""
    indexes = ledger.run(_INDEXES)
    _run(ledger, [f"DROP INDEX {name}" for name, _ in indexes])
    yield
    say(f"the sessions get their {len(indexes)} indexes")
    _run(ledger, [definition for _, definition in indexes])


def _copying(ledger: Ledger, table: str) -> Statement:
    """Copies the rows of a table for the copies from `:first` to `:last`."""
    kinds = {column.name: column.data_type.lower() for column in ledger.database.get_columns(table)}
    values = ", ".join(_value(ledger, table, name, kind) for name, kind in kinds.items())
    original = f"made.id <= {_numbers(ledger, table)}" if "id" in kinds else _ORIGINAL
    into = f"INSERT INTO {table} ({', '.join(kinds)})"
    select = f"SELECT {values} FROM copy CROSS JOIN {table} AS made WHERE {original}"  # noqa: S608  # as below
    return Statement(f"{_COPIES[ledger.dialect]} {into} {select}")


def _value(ledger: Ledger, table: str, name: str, kind: str) -> str:
    if name in _NUMBERS:
        return f"made.{name} + copy.number * {_numbers(ledger, _NUMBERS[name] or table)}"
    if name == "deadline":
        return ":alive"
    if name in _MOMENTS or name.endswith("_at"):
        return f"made.{name} + copy.number * {APART // timedelta(milliseconds=1)}"
    return _RENAMED.get(kind, "made.{name}").format(name=name, mark=MARK)


def _numbers(ledger: Ledger, table: str) -> int:
    """How many numbers one copy takes; some of them no row has."""
    return int(ledger.run(Statement(f"SELECT MAX(id) FROM {table}"))[0][0])  # noqa: S608  # names from above


_INDEXES = Statement(
    "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL",
    postgresql="""
SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema() AND indexname NOT LIKE '%_pkey'
""",
)

_NUMBERS = {"id": "", "session_id": "session", "receipt_id": "receipt", "delivery_id": "delivery", "feed": "session"}
"""Columns that number the rows of a table; nameless is that in which they stand."""

_ORIGINAL = f"made.identifier BETWEEN '{MARK}-' AND '{MARK}-x'"
"""By which the index finds rows without a number; a LIKE would look at every copy, and again for every copy made."""

_MOMENTS = {"at", "due_since"}

_RENAMED = {
    "text": "replace(made.{name}, '{mark}', copy.beginning)",
    "blob": "CAST(replace(CAST(made.{name} AS TEXT), '{mark}', copy.beginning) AS BLOB)",
    "bytea": "convert_to(replace(convert_from(made.{name}, 'UTF8'), '{mark}', copy.beginning), 'UTF8')",
}
"""Values by the type of their column."""

_COPIES = {
    "sqlite": f"""
WITH RECURSIVE numbered (number) AS (SELECT :first UNION ALL SELECT number + 1 FROM numbered WHERE number < :last),
copy AS (SELECT number, printf('%08x', (number * {_FACTOR} + {_START}) & 4294967295) AS beginning FROM numbered)
""",  # noqa: S608  # numbers from above
    "postgresql": f"""
WITH copy AS (
  SELECT number, lpad(to_hex((number * {_FACTOR} + {_START}) & 4294967295), 8, '0') AS beginning
  FROM generate_series(CAST(:first AS bigint), CAST(:last AS bigint)) AS numbered (number)
)
""",  # noqa: S608  # as above
}

_FEED = "UPDATE feed SET last = (SELECT MAX(feed) FROM session)"
_HURRY = {
    "sqlite": ("PRAGMA foreign_keys = off", "PRAGMA synchronous = off", "PRAGMA journal_mode = off"),
    "postgresql": (
        "SET statement_timeout = 0",
        "SET synchronous_commit = off",
        "SET session_replication_role = replica",  # foreign keys hold by construction
    ),
}
_REST = {
    "sqlite": ("PRAGMA journal_mode = wal", "PRAGMA synchronous = full", _FEED, "PRAGMA wal_checkpoint(TRUNCATE)"),
    "postgresql": (
        _FEED,
        *(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT MAX(id) FROM {table}))"  # noqa: S608
            for table in _TABLES
            if table != "watch"
        ),
        "VACUUM ANALYZE",
        "CHECKPOINT",
    ),
}
"""So that nothing of it is left to be done while something is measured."""
