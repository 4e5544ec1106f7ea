"""A client's socket that never blocks."""

import socket
from typing import Any


class NonBlockingSocket(socket.socket):
    """A socket that keeps in `unsent` what the client does not take at once."""

    def __init__(self, client_socket: socket.socket) -> None:
        super().__init__(
            client_socket.family, client_socket.type, client_socket.proto, client_socket.detach()
        )
        self.unsent = bytearray()
        super().setblocking(False)

    def setblocking(self, flag: bool) -> None:
        """Stay non-blocking, whatever gunicorn's threads ask for."""

    def sendall(self, data: Any, flags: int = 0) -> None:
        """Send what can be sent now and keep the rest. Raises OSError where the client has gone."""
        sent = 0 if self.unsent else self._send_now(data)
        if sent < len(data):
            self.unsent += data[sent:]

    def flush(self) -> None:
        """Send more of what is unsent. Raises OSError where the client has gone."""
        del self.unsent[: self._send_now(self.unsent)]

    def _send_now(self, data: Any) -> int:
        try:
            return self.send(data)
        except BlockingIOError:
            return 0
