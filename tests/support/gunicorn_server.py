"""A real gunicorn with the app, and sockets that send to it byte by byte."""

import socket
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # ships no types
import requests

from demo.environment import DemoEnvironment, create_environment
from tests.support.installation import free_port
from tests.support.processes import Program, kill_marked
from tests.support.worker_fixtures import wait_until

TIMEOUT_SECONDS = 20.0


@dataclass(frozen=True, kw_only=True)
class GunicornServer:
    """A running web process, as gunicorn.conf.py says but for some options."""

    demo_environment: DemoEnvironment
    program: Program

    @property
    def log(self) -> str:
        return self.program.log.read_text()

    def is_responsive(self, timeout_seconds: float = 5.0) -> bool:
        """Whether a correct request is answered in time."""
        try:
            return requests.get(
                f"{self.demo_environment.web_url}/healthz", timeout=timeout_seconds
            ).ok
        except requests.RequestException:
            return False

    def get_session_status(self, identifier: str) -> int:
        """Return the status that the LMS gets for this session."""
        headers = {"X-Api-Key": self.demo_environment.lms_key}
        return requests.get(
            f"{self.demo_environment.web_url}/sessions/{identifier}",
            headers=headers,
            timeout=TIMEOUT_SECONDS,
        ).status_code

    def connection(self, receive_buffer: int = 0) -> socket.socket:
        """Connect. With a small buffer the server notices at once when the client reads nothing."""
        connection = socket.socket()
        connection.settimeout(TIMEOUT_SECONDS)
        if receive_buffer:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        connection.connect(("127.0.0.1", self.demo_environment.web_port))
        return connection

    @property
    def workers(self) -> list[psutil.Process]:
        """The web processes."""
        assert self.program.popen
        return list(psutil.Process(self.program.popen.pid).children())

    @property
    def client_addresses(self) -> set[tuple[str, int]]:
        """The clients' ends of all connections that the web processes hold open."""
        return {
            connection.raddr
            for worker in self.workers
            for connection in worker.net_connections("tcp4")
            if connection.raddr
        }

    def stop(self) -> None:
        """Send SIGTERM to gunicorn, which stops its workers."""
        assert self.program.popen
        self.program.popen.terminate()

    def exchange(self, *chunks: bytes) -> bytes:
        """Send the chunks and return all bytes until the server closes."""
        with closing(self.connection()) as wire:
            for chunk in chunks:
                wire.sendall(chunk)
            return read_until_closed(wire)


def read_until_closed(connection: socket.socket) -> bytes:
    """Return all bytes until the other end closes."""
    parts = list(iter(lambda: connection.recv(65536), b""))
    return b"".join(parts)


def response_statuses(received: bytes) -> list[int]:
    """Return the status of each response among those bytes."""
    return [int(response.split(b" ", 2)[0]) for response in received.split(b"HTTP/1.1 ")[1:]]


def build_request(
    path: str = "/healthz", *headers: bytes, method: str = "GET", body: bytes = b""
) -> bytes:
    """Return the bytes of a request."""
    return b"\r\n".join([f"{method} {path} HTTP/1.1".encode(), b"Host: a", *headers, b"", body])


@contextmanager
def run_gunicorn(
    folder: Path, database_file: Path, *options: str, **settings: str
) -> Iterator[GunicornServer]:
    """Run gunicorn until the end of the block, and kill what is left of it."""
    demo_environment = replace(create_environment(folder), web_port=free_port())
    (folder / "demo.db").write_bytes(database_file.read_bytes())
    environment: Mapping[str, str] = {
        **demo_environment.environment_variables(),
        "LOG_LEVEL": "info",
        **settings,
    }
    arguments = ["-m", "gunicorn", *options, "wsgi:app"]
    server = GunicornServer(
        demo_environment=demo_environment,
        program=Program(arguments, environment, f"{folder}/web", folder / "web.log"),
    )
    server.program.start()
    try:
        wait_until(server.is_responsive, 30)
        yield server
    finally:
        kill_marked(f"{folder}/")
