"""Sockets that share one deadline, so that a peer that sends byte by byte cannot prolong a call."""

import socket
import ssl
from time import monotonic
from typing import Any


class Deadline:
    """The end of the current call. Each thread has one, and starts it anew for each call."""

    def __init__(self) -> None:
        self._expires_at = 0.0

    def start(self, seconds: float) -> None:
        self._expires_at = monotonic() + seconds

    @property
    def has_passed(self) -> bool:
        return monotonic() >= self._expires_at

    def remaining_seconds(self) -> float:
        """Return a number above 0. Raises TimeoutError when no time is left."""
        seconds = self._expires_at - monotonic()
        if seconds <= 0:
            raise TimeoutError("the call took too long")
        return seconds


class TimedSocket(socket.socket):
    """Bounds each read and write by the rest of the whole call; a socket's timeout would restart.

    A thread that shuts the socket down at the deadline could hit the next call on a kept
    connection, and would take TLS away under a reader.
    """

    deadline: Deadline

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        self.settimeout(self.deadline.remaining_seconds())
        return super().recv_into(*args, **kwargs)

    def sendall(self, *args: Any, **kwargs: Any) -> None:
        self.settimeout(self.deadline.remaining_seconds())
        super().sendall(*args, **kwargs)


class TimedTlsSocket(TimedSocket, ssl.SSLSocket):
    """The same over TLS. An SSL context creates it, so the caller sets its deadline afterwards."""
