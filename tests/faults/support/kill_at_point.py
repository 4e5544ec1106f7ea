"""Instruments the drivers of databases and HTTP, and ends the process at one point.

Points are `before commit of <all statements of the transaction>`, `after commit of …`, `before
sending`, `before the response` (the request is out) and `after the response`. A statement outside a
transaction counts as one.
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


class KillSwitch:
    """Sends this process the signal when it reaches the point for the `occurrence`th time."""

    def __init__(self, point: str, occurrence: int, signal_number: signal.Signals) -> None:
        self._point, self._remaining, self._signal = (
            re.compile(point, re.DOTALL),
            occurrence,
            signal_number,
        )
        self._lock = threading.Lock()

    def reach_point(self, reached: str) -> None:
        """Send the signal if this is the point; the process gets no further."""
        if not self._point.match(reached):
            return
        with self._lock:
            self._remaining -= 1
            if self._remaining == 0:
                os.kill(os.getpid(), self._signal)


def install(kill_switch: KillSwitch) -> None:
    """Report the points of this process, and of those forked from it, to the switch."""
    _instrument_databases(kill_switch.reach_point)
    _instrument_http(kill_switch.reach_point)


PointCallback = Callable[[str], None]


def _instrument_databases(on_point: PointCallback) -> None:
    class SqliteCursor(sqlite3.Cursor):
        def execute(self, sql: str, *values: Any) -> Any:
            return _execute_reporting_points(
                on_point, self.connection, sql, partial(super().execute, sql, *values)
            )

    class SqliteConnection(sqlite3.Connection):
        def cursor(self, factory: Any = SqliteCursor) -> Any:
            return super().cursor(factory)

    sqlite_module: Any = sqlite3  # mypy does not see that a partial is called alike
    sqlite_module.connect = partial(sqlite3.connect, factory=SqliteConnection)
    execute = psycopg.Cursor.execute

    def instrumented_execute(self: Any, query: Any, *values: Any, **options: Any) -> Any:
        return _execute_reporting_points(
            on_point, self.connection, str(query), partial(execute, self, query, *values, **options)
        )

    psycopg.Cursor.execute = instrumented_execute  # type: ignore[method-assign]  # the same for every kind of cursor


_OPEN_TRANSACTIONS: dict[int, list[str]] = {}
"""The statements of each connection since its transaction began."""


def _execute_reporting_points(
    on_point: PointCallback, connection: object, sql: str, execute: Callable[[], Any]
) -> Any:
    statements = [*_OPEN_TRANSACTIONS.pop(id(connection), []), sql]
    command = sql.split(maxsplit=1)[0].upper()
    if command == "BEGIN" or (len(statements) > 1 and command not in ("COMMIT", "ROLLBACK")):
        _OPEN_TRANSACTIONS[id(connection)] = statements
        return execute()
    if command == "ROLLBACK":
        return execute()
    transaction = "; ".join(statements)
    on_point(f"before commit of {transaction}")
    result = execute()
    on_point(f"after commit of {transaction}")
    return result


def _instrument_http(on_point: PointCallback) -> None:
    send, getresponse = (
        requests.adapters.HTTPAdapter.send,
        urllib3.connection.HTTPConnection.getresponse,
    )

    def instrumented_send(self: Any, *values: Any, **options: Any) -> Any:
        on_point("before sending")
        response = send(self, *values, **options)
        on_point("after the response")
        return response

    def instrumented_getresponse(self: Any) -> Any:
        on_point("before the response")
        return getresponse(self)

    requests.adapters.HTTPAdapter.send = instrumented_send  # type: ignore[method-assign]  # the same for every adapter
    urllib3.connection.HTTPConnection.getresponse = instrumented_getresponse  # type: ignore[method-assign]  # as above
