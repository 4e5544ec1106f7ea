"""One client's connection and its buffered requests."""

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
    """Whether the buffered request is complete, needs more bytes, or will get none."""

    COMPLETE = "complete"
    INCOMPLETE = "incomplete"
    CLOSED = "closed"


class BufferedConnection(TConn):  # type: ignore[misc]  # gunicorn ships no types
    """A connection whose parser reads a complete request from memory, never from the socket."""

    def __init__(self, cfg: Any, client_socket: socket, client: Any, server: Any) -> None:
        super().__init__(cfg, NonBlockingSocket(client_socket), client, server)
        self.request_buffer = RequestBuffer()
        self.request_ready = self.truncated = False
        self.waiting_since = time.monotonic()
        self.parser = get_parser(cfg, iter(()), client)
        self.initialized = self.data_ready = True

    @property
    def buffered_bytes(self) -> int:
        """Return the size of both buffers."""
        return len(self.request_buffer.data) + len(self.sock.unsent)

    @property
    def parser_exhausted(self) -> bool:
        """Whether the parser has consumed all it was given.

        Bytes that it left would not begin a request.
        """
        return not (self.truncated or self.parser.unreader.buf.getvalue())

    def receive(self) -> ReadState:
        """Read available bytes, and give a complete request to the parser.

        Raises RequestTooLarge.
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
        """Return the available bytes, None where there are none yet, b"" at the end."""
        try:
            data: bytes = self.sock.recv(READ_BYTES)
        except BlockingIOError:
            return None
        except OSError:
            return b""
        return data

    def set_timeout(self) -> None:
        """Begin the idle time of a connection that is kept alive."""
        super().set_timeout()
        self.waiting_since = time.monotonic()
