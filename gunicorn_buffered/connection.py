"""One client's connection, from its first byte to its last."""

import time
from enum import Enum
from io import BytesIO
from socket import socket
from typing import Any

from gunicorn.http import get_parser
from gunicorn.workers.gthread import TConn

from gunicorn_buffered.framing import RequestBuffer
from gunicorn_buffered.socket import NonBlockingSocket

READ_BYTES = 64 * 1024


class ReadState(Enum):
    """How far a request has come: it is whole, there is more to come, or nothing will."""

    COMPLETE = "complete"
    INCOMPLETE = "incomplete"
    CLOSED = "closed"


class BufferedConnection(TConn):  # type: ignore[misc]  # gunicorn ships no types
    """Its parser sees one whole request at a time, and never the socket: so it cannot wait for
    anything.
    """

    def __init__(self, cfg: Any, client_socket: socket, client: Any, server: Any) -> None:
        super().__init__(cfg, NonBlockingSocket(client_socket), client, server)
        self.request_buffer = RequestBuffer()
        self.request_ready = self.truncated = False
        self.waiting_since = time.monotonic()
        self.parser = get_parser(cfg, iter(()), client)
        self.initialized = self.data_ready = True

    @property
    def buffered_bytes(self) -> int:
        """Bytes of memory."""
        return len(self.request_buffer.data) + len(self.sock.unsent)

    @property
    def parser_exhausted(self) -> bool:
        """Whether its parser has used up all that it was given: what it left would not begin where
        a request does.
        """
        return not (self.truncated or self.parser.unreader.buf.getvalue())

    def receive(self) -> ReadState:
        """Takes in what has come, and gives the parser the request once it is whole.

        Raises TooLarge.
        """
        data = self.read()
        if data == b"":
            return ReadState.CLOSED
        boundary = self.request_buffer.add(data or b"")
        if boundary is None:
            return ReadState.INCOMPLETE
        self.request_ready, self.truncated = True, boundary.truncated
        self.parser.unreader.buf = BytesIO(self.request_buffer.pop_request(boundary))
        return ReadState.COMPLETE

    def read(self) -> bytes | None:
        """What has come: None is nothing yet, and b"" the end."""
        try:
            data: bytes = self.sock.recv(READ_BYTES)
        except BlockingIOError:
            return None
        except OSError:
            return b""
        return data

    def set_timeout(self) -> None:
        """From now on it is kept alive, and idle."""
        super().set_timeout()
        self.waiting_since = time.monotonic()
