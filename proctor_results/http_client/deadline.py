"""Sockets that share one deadline, so that a peer that drips byte by byte cannot stretch a call."""

import socket
import ssl
from time import monotonic
from typing import Any


class Deadline:
    """When the call in the air must be over. Kept by one thread, set anew for each of its calls."""

    def __init__(self) -> None:
        self._expires_at = 0.0

    def start(self, seconds: float) -> None:
        self._expires_at = monotonic() + seconds

    @property
    def has_passed(self) -> bool:
        return monotonic() >= self._expires_at

    def remaining_seconds(self) -> float:
        """Seconds, always more than 0; TimeoutError when none are left."""
        seconds = self._expires_at - monotonic()
        if seconds <= 0:
            raise TimeoutError("the call took too long")
        return seconds


class TimedSocket(socket.socket):
    """Waits in each read and write for what is left of the whole call, where a time-out would start anew each time.

    A watchdog that shuts the socket down from another thread would do the same, but it can hit the next call on a kept
    connection, and it drops TLS under a reader.
    """

    deadline: Deadline

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        self.settimeout(self.deadline.remaining_seconds())
        return super().recv_into(*args, **kwargs)

    def sendall(self, *args: Any, **kwargs: Any) -> None:
        self.settimeout(self.deadline.remaining_seconds())
        super().sendall(*args, **kwargs)


class TimedTlsSocket(TimedSocket, ssl.SSLSocket):
    """The same over TLS; made by an SSL context, which cannot hand over the deadline, so whoever wraps must set it."""
