"""The connections that the loop waits for, in the order in which they began to wait, and the memory
that they hold.
"""

import time
from collections.abc import Callable, Iterator
from functools import partial
from selectors import BaseSelector

from gunicorn_buffered.connection import BufferedConnection

Callback = Callable[[BufferedConnection], None]


class PendingConnections:
    """`held` are the bytes of all who wait."""

    def __init__(self, poller: BaseSelector) -> None:
        self._poller = poller
        self._bytes_by_connection: dict[BufferedConnection, int] = {}
        self.buffered_bytes = 0

    def __iter__(self) -> Iterator[BufferedConnection]:
        """Those inside now; they may be let out meanwhile."""
        return iter(tuple(self._bytes_by_connection))

    @property
    def oldest(self) -> BufferedConnection | None:
        """Who has waited longest."""
        return next(iter(self._bytes_by_connection), None)

    def add(
        self, connection: BufferedConnection, event: int, callback: Callback, seconds: float
    ) -> None:
        """Lets the caller in, to go on whenever the event has come; one that is inside already goes
        on waiting.
        """
        if connection not in self._bytes_by_connection:
            connection.waiting_since = time.monotonic()
            connection.timeout = connection.waiting_since + seconds
            self._poller.register(
                connection.sock, event, partial(self._resume, connection, callback)
            )
        self.buffered_bytes += connection.buffered_bytes - self._bytes_by_connection.get(
            connection, 0
        )
        self._bytes_by_connection[connection] = connection.buffered_bytes

    def remove(self, connection: BufferedConnection) -> None:
        """Waits for the caller no more, if it did."""
        if connection in self._bytes_by_connection:
            self.buffered_bytes -= self._bytes_by_connection.pop(connection)
            self._poller.unregister(connection.sock)

    def _resume(self, connection: BufferedConnection, callback: Callback, _: object) -> None:
        """Unless it has been let out for the sake of another one, whose event came together with
        its own.
        """
        if connection in self._bytes_by_connection:
            callback(connection)
