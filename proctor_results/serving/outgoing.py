"""A client's socket that nobody ever waits at."""

import socket
from typing import Any


class Outgoing(socket.socket):
    """What the client does not take at once is kept in `unsent`, for the loop to send when it can."""

    def __init__(self, accepted: socket.socket) -> None:
        super().__init__(accepted.family, accepted.type, accepted.proto, accepted.detach())
        self.unsent = bytearray()
        super().setblocking(False)

    def setblocking(self, flag: bool) -> None:
        """It never blocks, whatever gunicorn's threads ask for."""

    def sendall(self, data: Any, flags: int = 0) -> None:
        """Sends what can be sent now. Raises OSError where the client has gone."""
        sent = 0 if self.unsent else self._sent(data)
        if sent < len(data):
            self.unsent += data[sent:]

    def send_on(self) -> None:
        """Sends more of what is unsent. Raises OSError where the client has gone."""
        del self.unsent[: self._sent(self.unsent)]

    def _sent(self, data: Any) -> int:
        try:
            return self.send(data)
        except BlockingIOError:
            return 0
