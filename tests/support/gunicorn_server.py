"""A real gunicorn in front of the app, and wires to speak to it byte by byte."""

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
    """A web process that listens, as gunicorn.conf.py says but for some options."""

    demo_environment: DemoEnvironment
    program: Program

    @property
    def log(self) -> str:
        return self.program.log.read_text()

    def is_responsive(self, timeout_seconds: float = 5.0) -> bool:
        """Whether somebody who does everything right is answered, and before long."""
        try:
            return requests.get(
                f"{self.demo_environment.web_url}/healthz", timeout=timeout_seconds
            ).ok
        except requests.RequestException:
            return False

    def get_session_status(self, identifier: str) -> int:
        """With which status the LMS is answered that asks for the session."""
        headers = {"X-Api-Key": self.demo_environment.lms_key}
        return requests.get(
            f"{self.demo_environment.web_url}/sessions/{identifier}",
            headers=headers,
            timeout=TIMEOUT_SECONDS,
        ).status_code

    def connection(self, receive_buffer: int = 0) -> socket.socket:
        """A connection. One with a small buffer feels at once when nobody reads."""
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
        """The clients' ends of all that the web processes hold open."""
        return {
            connection.raddr
            for worker in self.workers
            for connection in worker.net_connections("tcp4")
            if connection.raddr
        }

    def stop(self) -> None:
        """SIGTERM to gunicorn, which tells its workers."""
        assert self.program.popen
        self.program.popen.terminate()

    def exchange(self, *chunks: bytes) -> bytes:
        """All that is answered, until the other end closes; nothing where it never does."""
        with closing(self.connection()) as wire:
            for chunk in chunks:
                wire.sendall(chunk)
            return read_until_closed(wire)


def read_until_closed(connection: socket.socket) -> bytes:
    """All that comes until the other end closes."""
    parts = list(iter(lambda: connection.recv(65536), b""))
    return b"".join(parts)


def response_statuses(received: bytes) -> list[int]:
    """The status of each answer among those bytes."""
    return [int(response.split(b" ", 2)[0]) for response in received.split(b"HTTP/1.1 ")[1:]]


def build_request(
    path: str = "/healthz", *headers: bytes, method: str = "GET", body: bytes = b""
) -> bytes:
    """A request byte by byte."""
    return b"\r\n".join([f"{method} {path} HTTP/1.1".encode(), b"Host: a", *headers, b"", body])


@contextmanager
def run_gunicorn(
    folder: Path, database_file: Path, *options: str, **settings: str
) -> Iterator[GunicornServer]:
    """An open door. In the end nothing of it is left running."""
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
