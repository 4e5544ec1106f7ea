"""The connections that the loop waits for, oldest first, and the memory that they hold."""

import time
from collections.abc import Callable, Iterator
from functools import partial
from selectors import BaseSelector

from gunicorn_buffered.connection import BufferedConnection

Callback = Callable[[BufferedConnection], None]


class PendingConnections:
    """`buffered_bytes` is the sum over all waiting connections."""

    def __init__(self, poller: BaseSelector) -> None:
        self._poller = poller
        self._bytes_by_connection: dict[BufferedConnection, int] = {}
        self.buffered_bytes = 0

    def __iter__(self) -> Iterator[BufferedConnection]:
        """Iterate over a copy; connections may be removed meanwhile."""
        return iter(tuple(self._bytes_by_connection))

    @property
    def oldest(self) -> BufferedConnection | None:
        """The connection that has waited longest."""
        return next(iter(self._bytes_by_connection), None)

    def add(
        self, connection: BufferedConnection, event: int, callback: Callback, seconds: float
    ) -> None:
        """Register the connection and call `callback` on the event.

        A waiting one keeps its deadline.
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
        """Stop waiting for the connection, if it was waiting."""
        if connection in self._bytes_by_connection:
            self.buffered_bytes -= self._bytes_by_connection.pop(connection)
            self._poller.unregister(connection.sock)

    def _resume(self, connection: BufferedConnection, callback: Callback, _: object) -> None:
        """Call back, unless an earlier event of the same loop has removed the connection."""
        if connection in self._bytes_by_connection:
            callback(connection)
