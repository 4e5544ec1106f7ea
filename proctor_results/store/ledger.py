"""The open ledger: runs statements and transactions on SQLite or PostgreSQL, and comes back when the database does."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from typing import Any, TypeVar

import peewee
import psycopg

from proctor_results.store.statement import Statement
from proctor_results.store.turns import Turns

Row = tuple[Any, ...]
Values = dict[str, object]
Done = TypeVar("Done")

_FAULTS = (
    peewee.InterfaceError,
    peewee.DatabaseError,  # a file that is damaged has no better name
    sqlite3.DatabaseError,  # peewee does not translate what goes wrong after the first row, such as the commit
)

_REFUSALS = (peewee.IntegrityError, peewee.DataError)
"""The database is well, and refuses what it was given."""


class LedgerAway(Exception):  # noqa: N818  # it reads as what it is
    """The database cannot be reached, or cannot do what was asked now. Nothing has been stored."""


class Ledger:
    """One database, with a connection of its own for each thread."""

    def __init__(self, database: peewee.Database, dialect: str) -> None:
        self.database = database
        self.dialect = dialect
        self.kept_policies: set[str] = set()
        self._writer = threading.RLock()
        self._turns = Turns(self.transaction)

    @property
    def embedded(self) -> bool:
        return self.dialect == "sqlite"

    def run(self, statement: Statement, **values: object) -> list[Row]:
        """The rows of one statement. Outside a transaction a lost connection is made anew, once. Raises LedgerAway."""
        rows: list[Row] = self._guarded(_rows, statement, values)
        return rows

    def count(self, statement: Statement, **values: object) -> int:
        """How many rows one statement changed. Raises LedgerAway."""
        count: int = self._guarded(_count, statement, values)
        return count

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing. On SQLite the threads of a process queue for the one writer instead of polling for it."""
        try:
            with self._writer if self.embedded else nullcontext(), self._begun():
                yield
        except _REFUSALS:
            raise
        except _FAULTS as error:
            self._drop_connection()
            raise LedgerAway(str(_first(error))) from error

    def enter(self, step: Callable[[], Done]) -> Done:
        """What the step returns, once all that it wrote is committed. Raises LedgerAway.

        On SQLite the steps of threads that wait share one transaction, and so one sync of the disk; a step must then
        bear being run twice, and by another thread. PostgreSQL writes an entry in one statement: no transaction is
        needed around it, and what a step writes beyond that one needs a `transaction` of its own.
        """
        if not self.embedded or self.database.in_transaction():
            return step()
        done: Done = self._turns.take(step)
        return done

    def close(self) -> None:
        """Closes the connection of this thread."""
        self.database.close()

    def _begun(self) -> AbstractContextManager[Any]:
        """A connection that the server has closed shows it at BEGIN, before anything is written: it is made anew."""
        if self.embedded:
            return self.database.atomic("IMMEDIATE")
        begun = ExitStack()
        try:
            begun.enter_context(self.database.atomic())
        except _FAULTS:
            if self.database.in_transaction() or not self._is_lost():
                raise
            self._drop_connection()
            begun.enter_context(self.database.atomic())
        return begun

    def _guarded(self, taken: Callable[[Any], Any], statement: Statement, values: Values) -> Any:
        try:
            return taken(self._executed(statement, values))
        except _REFUSALS:
            raise
        except _FAULTS as error:
            if self.database.in_transaction() or not self._is_lost():
                raise LedgerAway(str(error)) from error
        self._drop_connection()
        return self._again(taken, statement, values)

    def _again(self, taken: Callable[[Any], Any], statement: Statement, values: Values) -> Any:
        try:
            return taken(self._executed(statement, values))
        except _REFUSALS:
            raise
        except _FAULTS as error:
            self._drop_connection()
            raise LedgerAway(str(error)) from error

    def _executed(self, statement: Statement, values: Values) -> Any:
        """PostgreSQL is given its own `$1`: psycopg would look through a long statement for names at every call."""
        if self.embedded:
            return self.database.execute_sql(statement.text("sqlite"), values)
        with peewee.__exception_wrapper__:  # type: ignore[attr-defined]  # the stubs leave it out
            return psycopg.RawCursor(self.database.connection()).execute(statement.numbered, statement.in_order(values))

    def _is_lost(self) -> bool:
        return self.database.is_closed() or not self.database.is_connection_usable()

    def _drop_connection(self) -> None:
        try:
            self.database.close()
        except peewee.PeeweeException:
            self.database.dispose()


def _first(error: BaseException) -> BaseException:
    """What went wrong at first: on a full disk SQLite rolls back by itself, and then the rollback fails."""
    while error.__context__:
        error = error.__context__
    return error


def _rows(cursor: Any) -> list[Row]:
    """SQLite fetches nothing where there is nothing; asked for a description, psycopg describes every column."""
    return cursor.fetchall() if getattr(cursor, "rownumber", 0) is not None else []


def _count(cursor: Any) -> int:
    count: int = cursor.rowcount
    return count
