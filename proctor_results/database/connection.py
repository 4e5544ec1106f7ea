"""The open ledger: runs statements and transactions on SQLite or PostgreSQL, and comes back when the database does."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from typing import Any, TypeVar

import peewee
import psycopg

from proctor_results.database.group_commit import GroupCommit
from proctor_results.database.statement import Statement

Row = tuple[Any, ...]
Parameters = dict[str, object]
Result = TypeVar("Result")

_CONNECTION_ERRORS = (
    peewee.InterfaceError,
    peewee.DatabaseError,  # a file that is damaged has no better name
    sqlite3.DatabaseError,  # peewee does not translate what goes wrong after the first row, such as the commit
)

_CONSTRAINT_ERRORS = (peewee.IntegrityError, peewee.DataError)
"""The database is well, and refuses what it was given."""


class DatabaseUnavailable(Exception):  # noqa: N818  # it reads as what it is
    """The database cannot be reached, or cannot do what was asked now. Nothing has been stored."""


class Database:
    """One database, with a connection of its own for each thread."""

    def __init__(self, peewee_database: peewee.Database, dialect: str) -> None:
        self.peewee_database = peewee_database
        self.dialect = dialect
        self.stored_policies: set[str] = set()
        self._writer_lock = threading.RLock()
        self._group_commit = GroupCommit(self.transaction)

    @property
    def is_sqlite(self) -> bool:
        return self.dialect == "sqlite"

    def fetch(self, statement: Statement, **values: object) -> list[Row]:
        """The rows of one statement. Outside a transaction a lost connection is made anew, once. Raises LedgerAway."""
        rows: list[Row] = self._reconnecting(lambda: _fetch_rows(self._execute(statement, values)))
        return rows

    def execute(self, statement: Statement, **values: object) -> int:
        """How many rows one statement changed. Raises LedgerAway."""
        row_count: int = self._reconnecting(lambda: _row_count(self._execute(statement, values)))
        return row_count

    def select(self, query: peewee.BaseQuery) -> list[Any]:
        """Return the rows of a peewee query, in the shape it asks for. Raises DatabaseUnavailable."""
        rows: list[Any] = self._reconnecting(lambda: list(query.execute(self.peewee_database)))
        return rows

    def change(self, query: peewee.BaseQuery) -> int:
        """Run a peewee INSERT, UPDATE or DELETE; return how many rows it changed. Raises DatabaseUnavailable."""
        sql, parameters = self.peewee_database.get_sql_context().sql(query).query()
        row_count: int = self._reconnecting(
            lambda: self.peewee_database.execute_sql(sql, parameters).rowcount
        )
        return row_count

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing. On SQLite the threads of a process queue for the one writer instead of polling for it."""
        try:
            with self._writer_lock if self.is_sqlite else nullcontext(), self._begin():
                yield
        except _CONSTRAINT_ERRORS:
            raise
        except _CONNECTION_ERRORS as error:
            self._drop_connection()
            raise DatabaseUnavailable(str(_root_cause(error))) from error

    def run_write(self, operation: Callable[[], Result]) -> Result:
        """What the step returns, once all that it wrote is committed. Raises LedgerAway.

        On SQLite the steps of threads that wait share one transaction, and so one sync of the disk; a step must then
        bear being run twice, and by another thread. PostgreSQL writes an entry in one statement: no transaction is
        needed around it, and what a step writes beyond that one needs a `transaction` of its own.
        """
        if not self.is_sqlite or self.peewee_database.in_transaction():
            return operation()
        result: Result = self._group_commit.run(operation)
        return result

    def close(self) -> None:
        """Closes the connection of this thread."""
        self.peewee_database.close()

    def _begin(self) -> AbstractContextManager[Any]:
        """A connection that the server has closed shows it at BEGIN, before anything is written: it is made anew."""
        if self.is_sqlite:
            return self.peewee_database.atomic("IMMEDIATE")
        transaction_stack = ExitStack()
        try:
            transaction_stack.enter_context(self.peewee_database.atomic())
        except _CONNECTION_ERRORS:
            if self.peewee_database.in_transaction() or not self._connection_is_lost():
                raise
            self._drop_connection()
            transaction_stack.enter_context(self.peewee_database.atomic())
        return transaction_stack

    def _reconnecting(self, run: Callable[[], Any]) -> Any:
        try:
            return run()
        except _CONSTRAINT_ERRORS:
            raise
        except _CONNECTION_ERRORS as error:
            if self.peewee_database.in_transaction() or not self._connection_is_lost():
                raise DatabaseUnavailable(str(error)) from error
        self._drop_connection()
        try:
            return run()
        except _CONSTRAINT_ERRORS:
            raise
        except _CONNECTION_ERRORS as error:
            self._drop_connection()
            raise DatabaseUnavailable(str(error)) from error

    def _execute(self, statement: Statement, parameters: Parameters) -> Any:
        """PostgreSQL is given its own `$1`: psycopg would look through a long statement for names at every call."""
        if self.is_sqlite:
            return self.peewee_database.execute_sql(statement.sql_for("sqlite"), parameters)
        with peewee.__exception_wrapper__:  # type: ignore[attr-defined]  # the stubs leave it out
            return psycopg.RawCursor(self.peewee_database.connection()).execute(
                statement.postgresql_sql, statement.order_parameters(parameters)
            )

    def _connection_is_lost(self) -> bool:
        return self.peewee_database.is_closed() or not self.peewee_database.is_connection_usable()

    def _drop_connection(self) -> None:
        try:
            self.peewee_database.close()
        except peewee.PeeweeException:
            self.peewee_database.dispose()


def _root_cause(error: BaseException) -> BaseException:
    """What went wrong at first: on a full disk SQLite rolls back by itself, and then the rollback fails."""
    while error.__context__:
        error = error.__context__
    return error


def _fetch_rows(cursor: Any) -> list[Row]:
    """SQLite fetches nothing where there is nothing; asked for a description, psycopg describes every column."""
    return cursor.fetchall() if getattr(cursor, "rownumber", 0) is not None else []


def _row_count(cursor: Any) -> int:
    row_count: int = cursor.rowcount
    return row_count
