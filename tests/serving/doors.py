"""A real gunicorn in front of the app, and wires to speak to it byte by byte."""

import socket
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # ships no types
import requests

from proctor_results.sandbox.demo.premises import Premises, prepare
from tests.processes import Program, kill_marked
from tests.sites import free_port
from tests.workplace import until

PATIENCE = 20.0


@dataclass(frozen=True, kw_only=True)
class Door:
    """A web process that listens, as gunicorn.conf.py says but for some options."""

    premises: Premises
    program: Program

    @property
    def log(self) -> str:
        return self.program.log.read_text()

    def is_open(self, patience: float = 5.0) -> bool:
        """Whether somebody who does everything right is answered, and before long."""
        try:
            return requests.get(f"{self.premises.web}/healthz", timeout=patience).ok
        except requests.RequestException:
            return False

    def shown(self, identifier: str) -> int:
        """With which status the LMS is answered that asks for the session."""
        headers = {"X-Api-Key": self.premises.lms_key}
        return requests.get(f"{self.premises.web}/sessions/{identifier}", headers=headers, timeout=PATIENCE).status_code

    def wire(self, receive_buffer: int = 0) -> socket.socket:
        """A connection. One with a small buffer feels at once when nobody reads."""
        made = socket.socket()
        made.settimeout(PATIENCE)
        if receive_buffer:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        made.connect(("127.0.0.1", self.premises.web_port))
        return made

    @property
    def workers(self) -> list[psutil.Process]:
        """The web processes."""
        assert self.program.popen
        return list(psutil.Process(self.program.popen.pid).children())

    @property
    def connected(self) -> set[tuple[str, int]]:
        """The clients' ends of all that the web processes hold open."""
        return {each.raddr for worker in self.workers for each in worker.net_connections("tcp4") if each.raddr}

    def stop(self) -> None:
        """SIGTERM to gunicorn, which tells its workers."""
        assert self.program.popen
        self.program.popen.terminate()

    def told(self, *said: bytes) -> bytes:
        """All that is answered, until the other end closes; nothing where it never does."""
        with closing(self.wire()) as wire:
            for each in said:
                wire.sendall(each)
            return heard(wire)


def heard(wire: socket.socket) -> bytes:
    """All that comes until the other end closes."""
    parts = list(iter(lambda: wire.recv(65536), b""))
    return b"".join(parts)


def statuses(answers: bytes) -> list[int]:
    """The status of each answer among those bytes."""
    return [int(each.split(b" ", 2)[0]) for each in answers.split(b"HTTP/1.1 ")[1:]]


def request(path: str = "/healthz", *headers: bytes, method: str = "GET", body: bytes = b"") -> bytes:
    """A request byte by byte."""
    return b"\r\n".join([f"{method} {path} HTTP/1.1".encode(), b"Host: a", *headers, b"", body])


@contextmanager
def door(folder: Path, ledger: Path, *options: str, **settings: str) -> Iterator[Door]:
    """An open door. In the end nothing of it is left running."""
    premises = replace(prepare(folder), web_port=free_port())
    (folder / "demo.db").write_bytes(ledger.read_bytes())
    environment: Mapping[str, str] = {**premises.environment(), "LOG_LEVEL": "info", **settings}
    arguments = ["-m", "gunicorn", *options, "wsgi:app"]
    opened = Door(premises=premises, program=Program(arguments, environment, f"{folder}/web", folder / "web.log"))
    opened.program.start()
    try:
        until(opened.is_open, 30)
        yield opened
    finally:
        kill_marked(f"{folder}/")
