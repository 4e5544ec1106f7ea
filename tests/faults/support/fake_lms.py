"""An LMS that records every message in order, whatever it then answers."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import socket

from bench.reconciliation.data import ReceivedMessage

ConnectionScript = Callable[[socket], object]
"""Runs on a connection on which a message has arrived, instead of a good response."""


@dataclass(kw_only=True)
class FakeLms:
    """Plays one of `scripts` for each message, else answers 204 after `delay` seconds."""

    delay: float = 0
    scripts: list[ConnectionScript] = field(default_factory=list)
    received: list[ReceivedMessage] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"


@contextmanager
def serve_fake_lms(lms: FakeLms) -> Iterator[FakeLms]:
    """Serve the LMS until the end of the block."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_for(lms))
    server.daemon_threads = True
    lms.port = server.server_address[1]
    threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
    ).start()
    try:
        yield lms
    finally:
        server.shutdown()
        server.server_close()


def _handler_for(lms: FakeLms) -> type[BaseHTTPRequestHandler]:
    class FakeLmsHandler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            body = self.rfile.read(length)
            if len(body) < length:
                return  # the sender died in the middle of it
            lms.received.append(ReceivedMessage(self.headers["webhook-id"], body))
            with suppress(OSError):  # the sender died meanwhile, or timed out
                self._respond(lms.scripts.pop(0) if lms.scripts else None)

        def _respond(self, script: ConnectionScript | None) -> None:
            if script:
                self.close_connection = True
                script(self.connection)
            else:
                time.sleep(lms.delay)
                self.send_response(204)
                self.end_headers()

        def log_message(self, *args: object) -> None:
            """Print no access log."""

    return FakeLmsHandler
