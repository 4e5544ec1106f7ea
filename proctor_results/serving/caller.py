"""One client's connection, from its first byte to its last."""

import time
from enum import Enum
from io import BytesIO
from socket import socket
from typing import Any

from gunicorn.http import get_parser
from gunicorn.workers.gthread import TConn

from proctor_results.serving.arriving import Arrival
from proctor_results.serving.outgoing import Outgoing

READ_AT_ONCE = 64 * 1024


class Progress(Enum):
    """How far a request has come: it is whole, there is more to come, or nothing will."""

    WHOLE = "whole"
    MORE = "more"
    OVER = "over"


class Caller(TConn):  # type: ignore[misc]  # gunicorn ships no types
    """Its parser sees one whole request at a time, and never the socket: so it cannot wait for anything."""

    def __init__(self, cfg: Any, accepted: socket, client: Any, server: Any) -> None:
        super().__init__(cfg, Outgoing(accepted), client, server)
        self.arrival = Arrival()
        self.admitted = self.cut = False
        self.since = time.monotonic()
        self.parser = get_parser(cfg, iter(()), client)
        self.initialized = self.data_ready = True

    @property
    def held(self) -> int:
        """Bytes of memory."""
        return len(self.arrival.data) + len(self.sock.unsent)

    @property
    def is_spent(self) -> bool:
        """Whether its parser has used up all that it was given: what it left would not begin where a request does."""
        return not (self.cut or self.parser.unreader.buf.getvalue())

    def receive(self) -> Progress:
        """Takes in what has come, and gives the parser the request once it is whole. Raises TooLarge."""
        data = self.read()
        if data == b"":
            return Progress.OVER
        extent = self.arrival.add(data or b"")
        if extent is None:
            return Progress.MORE
        self.admitted, self.cut = True, extent.cut
        self.parser.unreader.buf = BytesIO(self.arrival.take(extent))
        return Progress.WHOLE

    def read(self) -> bytes | None:
        """What has come: None is nothing yet, and b"" the end."""
        try:
            data: bytes = self.sock.recv(READ_AT_ONCE)
        except BlockingIOError:
            return None
        except OSError:
            return b""
        return data

    def set_timeout(self) -> None:
        """From now on it is kept alive, and idle."""
        super().set_timeout()
        self.since = time.monotonic()
