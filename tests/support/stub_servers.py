"""Servers for the doctor to check: the service itself, and others with set responses."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from werkzeug.serving import make_server

SDK = b"window.Supervisor = function () {};"


@dataclass(frozen=True, kw_only=True)
class StubResponse:
    """One response."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(kw_only=True)
class StubServer:
    """Answers by `METHOD path`, else with 404, and records the requests with all headers."""

    responses: dict[str, StubResponse] = field(default_factory=dict)
    requests_seen: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)
    url: str = ""


@contextmanager
def serve_stub(stub: StubServer) -> Iterator[StubServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _request_handler(stub))
    server.daemon_threads = True
    stub.url = f"http://127.0.0.1:{server.server_address[1]}"
    with _serve_in_thread(server):
        yield stub


@contextmanager
def serve_app(app: Any) -> Iterator[str]:
    """Serve the app and yield its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    with _serve_in_thread(server):
        yield f"http://127.0.0.1:{server.port}"


@contextmanager
def _serve_in_thread(server: Any) -> Iterator[None]:
    threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
    ).start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


def _request_handler(stub: StubServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            request_line = f"{self.command} {self.path}"
            stub.requests_seen.append((request_line, dict(self.headers)))
            response = stub.responses.get(request_line, StubResponse(status=404))
            self.send_response_only(response.status)
            for name, value in {"Date": self.date_time_string(), **response.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(response.body)))
            self.end_headers()
            self.wfile.write(response.body)

        do_POST = do_OPTIONS = do_GET  # noqa: N815  # http.server's names

        def log_message(self, *args: object) -> None:
            """Print no access log."""

    return Handler
