"""The open database: runs statements and transactions on SQLite or PostgreSQL.

A connection that was lost is made anew.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
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
    peewee.DatabaseError,  # a damaged file is reported as this
    sqlite3.DatabaseError,  # peewee translates no error after the first row, such as the commit's
)

_CONSTRAINT_ERRORS = (peewee.IntegrityError, peewee.DataError)
"""The database works, and refuses what it was given."""

_MAX_CONFLICTS = 100
"""Each conflict means that another writer succeeded, so 100 in a row are not expected."""


class DatabaseUnavailable(Exception):  # noqa: N818  # it is a state, not a programming error
    """The database cannot be reached, or cannot do now what was asked. Nothing was stored."""


class WriteConflict(Exception):  # noqa: N818  # it is expected, and handled by `run_write`
    """Another writer has changed what this write is based on. Nothing was stored."""


class Database:
    """One database, with a connection of its own for each thread."""

    def __init__(self, peewee_database: peewee.Database, dialect: str) -> None:
        self.peewee_database = peewee_database
        self.dialect = dialect
        self.is_sqlite = dialect == "sqlite"
        self.stored_policies: set[str] = set()
        self._writer_lock = threading.RLock()
        self._group_commit = GroupCommit(self.transaction)

    def fetch(self, statement: Statement, **values: object) -> list[Row]:
        """Return the rows of one statement. Raises DatabaseUnavailable.

        Outside a transaction a lost connection is made anew, once.
        """
        rows: list[Row] = self._reconnecting(self._fetch_rows, statement, values)
        return rows

    def execute(self, statement: Statement, **values: object) -> int:
        """Return how many rows one statement changed. Raises DatabaseUnavailable."""
        row_count: int = self._reconnecting(self._execute, statement, values).rowcount
        return row_count

    def select(self, query: peewee.BaseQuery) -> list[Any]:
        """Return the rows of a peewee query, in the shape it asks for. Raises DatabaseUnavailable.

        The query is cloned, because peewee keeps the rows of the first run in it.
        """
        rows: list[Any] = self._reconnecting(
            lambda: list(query.clone().execute(self.peewee_database))
        )
        return rows

    def change(self, query: peewee.BaseQuery) -> int:
        """Run a peewee INSERT, UPDATE or DELETE; return how many rows it changed.

        Raises DatabaseUnavailable.
        """
        sql, parameters = self.peewee_database.get_sql_context().sql(query).query()
        row_count: int = self._reconnecting(
            self.peewee_database.execute_sql, sql, parameters
        ).rowcount
        return row_count

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Open a transaction: all of its writes are stored, or none.

        On SQLite the threads of a process queue for the one writer instead of polling for it.
        """
        try:
            with self._writer_lock if self.is_sqlite else nullcontext(), self._begin():
                yield
        except _CONSTRAINT_ERRORS:
            raise
        except _CONNECTION_ERRORS as error:
            self._drop_connection()
            raise DatabaseUnavailable(str(_root_cause(error))) from error

    def run_write(self, operation: Callable[[], Result]) -> Result:
        """Return what the operation returns, once all that it wrote is committed.

        It is run again when it raises WriteConflict. On SQLite the operations of waiting threads
        share one transaction, and so one sync of the disk; another thread may run them, and twice.
        On PostgreSQL a session is saved by one statement, which needs no transaction around it; an
        operation that writes more opens one itself. Raises DatabaseUnavailable.
        """
        for _ in range(_MAX_CONFLICTS):
            with suppress(WriteConflict):
                if not self.is_sqlite or self.peewee_database.in_transaction():
                    return operation()
                result: Result = self._group_commit.run(operation)
                return result
        raise DatabaseUnavailable("the session changes faster than it can be read")

    def close(self) -> None:
        """Close the connection of this thread."""
        self.peewee_database.close()

    def _begin(self) -> AbstractContextManager[Any]:
        """Begin a transaction; where BEGIN finds the connection closed, on a new connection."""
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

    def _reconnecting(self, run: Callable[..., Any], *arguments: Any) -> Any:
        try:
            return run(*arguments)
        except _CONSTRAINT_ERRORS:
            raise
        except _CONNECTION_ERRORS as error:
            if self.peewee_database.in_transaction() or not self._connection_is_lost():
                raise DatabaseUnavailable(str(error)) from error
        return self._run_again(run, *arguments)

    def _run_again(self, run: Callable[..., Any], *arguments: Any) -> Any:
        self._drop_connection()
        try:
            return run(*arguments)
        except _CONSTRAINT_ERRORS:
            raise
        except _CONNECTION_ERRORS as error:
            self._drop_connection()
            raise DatabaseUnavailable(str(error)) from error

    def _fetch_rows(self, statement: Statement, values: Parameters) -> list[Row]:
        """SQLite fetches nothing from a statement without rows; psycopg would raise."""
        cursor = self._execute(statement, values)
        return cursor.fetchall() if getattr(cursor, "rownumber", 0) is not None else []

    def _execute(self, statement: Statement, values: Parameters) -> Any:
        """Give PostgreSQL its own `$1`: psycopg would search a long statement for names."""
        if self.is_sqlite:
            return self.peewee_database.execute_sql(statement.sqlite_sql, values)
        with peewee.__exception_wrapper__:  # type: ignore[attr-defined]  # the stubs leave it out
            return psycopg.RawCursor(self.peewee_database.connection()).execute(
                statement.postgresql_bytes, [values[name] for name in statement.parameter_names]
            )

    def _connection_is_lost(self) -> bool:
        return self.peewee_database.is_closed() or not self.peewee_database.is_connection_usable()

    def _drop_connection(self) -> None:
        try:
            self.peewee_database.close()
        except peewee.PeeweeException:
            self.peewee_database.dispose()


def _root_cause(error: BaseException) -> BaseException:
    """Return the first error: on a full disk SQLite rolls back itself, and our rollback fails."""
    while error.__context__:
        error = error.__context__
    return error
