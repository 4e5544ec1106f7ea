"""Real servers on this machine, correct and faulty ones, for the HTTP client to call."""

import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest


@dataclass(frozen=True, kw_only=True)
class ReceivedRequest:
    """A request as it arrived. `connection` is the client's port, equal for one connection."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    connection: int
    method: str = "POST"


@dataclass(kw_only=True)
class LocalServer:
    """A server that gives every request the same response, and records the requests."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    tls: ssl.SSLContext | None = None
    port: int = 0
    received: list[ReceivedRequest] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"


@contextmanager
def serve(local_server: LocalServer) -> Iterator[LocalServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _request_handler(local_server))
    server.daemon_threads = True
    if local_server.tls:
        server.socket = local_server.tls.wrap_socket(server.socket, server_side=True)
    local_server.port = server.server_address[1]
    threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
    ).start()
    yield local_server
    server.shutdown()
    server.server_close()


def _request_handler(local_server: LocalServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            local_server.received.append(
                ReceivedRequest(
                    path=self.path,
                    headers=dict(self.headers),
                    body=body,
                    connection=self.client_address[1],
                    method=self.command,
                )
            )
            self.send_response(local_server.status)
            for name, value in {
                "Content-Length": str(len(local_server.body)),
                **local_server.headers,
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(local_server.body)

        do_PUT = do_PATCH = do_DELETE = do_POST  # noqa: N815  # http.server's names

        def log_message(self, *args: object) -> None:
            """Print no access log."""

    return Handler


ConnectionScript = Callable[[socket.socket], object]
"""Runs on a connection once the request has been read."""


@contextmanager
def serve_script(script: ConnectionScript, *, reads_request: bool = True) -> Iterator[str]:
    """Yield the address of a server that runs the script on every connection."""
    server_socket = socket.create_server(("127.0.0.1", 0))
    threading.Thread(
        target=_accept_connections, args=(server_socket, script, reads_request), daemon=True
    ).start()
    yield f"http://127.0.0.1:{server_socket.getsockname()[1]}/hook"
    server_socket.close()


def _accept_connections(
    server_socket: socket.socket, script: ConnectionScript, reads_request: bool
) -> None:
    with suppress(OSError):  # the test is over
        while True:
            connection, _ = server_socket.accept()
            threading.Thread(
                target=_run_script, args=(connection, script, reads_request), daemon=True
            ).start()


def _run_script(connection: socket.socket, script: ConnectionScript, reads_request: bool) -> None:
    with connection, suppress(OSError):  # the caller hung up, as it should
        if reads_request:
            connection.recv(65536)
        script(connection)


def unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server_socket:
        port: int = server_socket.getsockname()[1]
    return port


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """A self-signed certificate for `lms.example`."""

    path: Path
    key: Path

    def server_context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.path, self.key)
        return context


def create_certificate(folder: Path) -> Certificate:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl to make a certificate with")
    created = Certificate(path=folder / "lms.pem", key=folder / "lms.key")
    subprocess.run(  # our own words only
        [openssl, *_OPENSSL_ARGUMENTS.split(), "-keyout", created.key, "-out", created.path],
        check=True,
        capture_output=True,
    )
    return created


_OPENSSL_ARGUMENTS = (
    "req -x509 -nodes -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -days 2"
    " -subj /CN=lms.example -addext subjectAltName=DNS:lms.example"
)
