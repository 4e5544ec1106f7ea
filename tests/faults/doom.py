"""Watches a process from outside its own code, at the drivers of databases and HTTP, and ends it at one point.

A passage is told as `before commit of <all statements of the transaction>`, `after commit of …`, `before sending`,
`before the answer` (the request is out) or `after the answer`. A statement outside a transaction is one by itself.
"""

import os
import re
import signal
import sqlite3
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import psycopg
import requests.adapters
import urllib3.connection


class Doom:
    """Sends this process the signal when it passes the point for the `passage`th time."""

    def __init__(self, point: str, passage: int, how: signal.Signals) -> None:
        self._point, self._left, self._how = re.compile(point, re.DOTALL), passage, how
        self._lock = threading.Lock()

    def passing(self, here: str) -> None:
        """The process is here now; it may not get any further."""
        if not self._point.match(here):
            return
        with self._lock:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), self._how)


def watch(doom: Doom) -> None:
    """Whatever this process, or one forked from it, says to a database or an LMS from now on, passes by."""
    _watch_statements(doom.passing)
    _watch_messages(doom.passing)


Passing = Callable[[str], None]


def _watch_statements(passing: Passing) -> None:
    class SqliteCursor(sqlite3.Cursor):
        def execute(self, sql: str, *values: Any) -> Any:
            return _passed(passing, self.connection, sql, partial(super().execute, sql, *values))

    class SqliteConnection(sqlite3.Connection):
        def cursor(self, factory: Any = SqliteCursor) -> Any:
            return super().cursor(factory)

    sqlite: Any = sqlite3  # mypy cannot tell that a partial is called alike
    sqlite.connect = partial(sqlite3.connect, factory=SqliteConnection)
    execute = psycopg.Cursor.execute

    def executing(self: Any, query: Any, *values: Any, **how: Any) -> Any:
        return _passed(passing, self.connection, str(query), partial(execute, self, query, *values, **how))

    psycopg.Cursor.execute = executing  # type: ignore[method-assign]  # the same for every kind of cursor


_OPEN: dict[int, list[str]] = {}
"""What has been said in each connection since its transaction began."""


def _passed(passing: Passing, connection: object, sql: str, execute: Callable[[], Any]) -> Any:
    said = [*_OPEN.pop(id(connection), []), sql]
    word = sql.split(maxsplit=1)[0].upper()
    if word == "BEGIN" or (len(said) > 1 and word not in ("COMMIT", "ROLLBACK")):
        _OPEN[id(connection)] = said
        return execute()
    if word == "ROLLBACK":
        return execute()
    transaction = "; ".join(said)
    passing(f"before commit of {transaction}")
    done = execute()
    passing(f"after commit of {transaction}")
    return done


def _watch_messages(passing: Passing) -> None:
    send, getresponse = requests.adapters.HTTPAdapter.send, urllib3.connection.HTTPConnection.getresponse

    def sending(self: Any, *values: Any, **how: Any) -> Any:
        passing("before sending")
        answer = send(self, *values, **how)
        passing("after the answer")
        return answer

    def awaiting(self: Any) -> Any:
        passing("before the answer")
        return getresponse(self)

    requests.adapters.HTTPAdapter.send = sending  # type: ignore[method-assign]  # the same for every adapter
    urllib3.connection.HTTPConnection.getresponse = awaiting  # type: ignore[method-assign]  # as above
