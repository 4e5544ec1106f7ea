"""One client's connection, from its first byte to its last."""

import time
from io import BytesIO
from socket import socket
from typing import Any

from gunicorn.http import get_parser
from gunicorn.workers.gthread import TConn

from proctor_results.serving.arriving import Arrival, Extent
from proctor_results.serving.outgoing import Outgoing


class Caller(TConn):  # type: ignore[misc]  # gunicorn ships no types
    """Its parser sees one whole request at a time, and never the socket: so it cannot wait for anything."""

    def __init__(self, cfg: Any, accepted: socket, client: Any, server: Any) -> None:
        super().__init__(cfg, Outgoing(accepted), client, server)
        self.arrival = Arrival()
        self.cut = False
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

    def admit(self, extent: Extent) -> None:
        """Gives the parser the request that has arrived."""
        self.cut = extent.cut
        self.parser.unreader.buf = BytesIO(self.arrival.take(extent))

    def set_timeout(self) -> None:
        """From now on it is kept alive, and idle."""
        super().set_timeout()
        self.since = time.monotonic()
