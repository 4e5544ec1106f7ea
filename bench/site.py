"""Our web process beside the empty view, both as the Procfile starts ours."""

import os
import secrets
import shlex
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from socket import create_server

import requests

from bench.conditions import Conditions
from bench.seeds import fill
from proctor_results.sandbox.demo.premises import HOME, HOST
from proctor_results.sandbox.demo.processes import Process, check, running

EMPTY = "bench.reference:app"
SINK = "bench.sink"
WORKER_THREADS = 8
_INHERITED = ("PATH", "HOME", "USER", "LANG", "LC_", "LD_", "TMPDIR", "TZ", "PYTHON", "VIRTUAL_ENV", "WEB_CONCURRENCY")
_PATIENCE = 30


@dataclass(frozen=True, kw_only=True)
class Site:
    """Addresses and keys of an installation. On SQLite it has one web process, whatever is asked for."""

    conditions: Conditions
    database_url: str
    web_port: int
    empty_port: int
    lms_port: int
    vendor_key: str
    lms_key: str
    lms_secret: str
    secret_key: str
    web_processes: int | None = None

    @contextmanager
    def web(self) -> Iterator[Process]:
        """Ours, until the end of the block."""
        with self._line("web", _procfile("web"), self.web_port) as process:
            _await(process, lambda: _answers(self.web_port))
            yield process

    @contextmanager
    def empty(self) -> Iterator[Process]:
        """The empty view, under the same settings."""
        arguments = [EMPTY if word == "wsgi:app" else word for word in _procfile("web")]
        with self._line("empty", arguments, self.empty_port) as process:
            _await(process, lambda: _answers(self.empty_port))
            yield process

    @contextmanager
    def worker(self, number: int = 1) -> Iterator[Process]:
        """One of our workers."""
        with self._line(f"worker-{number}", _procfile("worker"), self.web_port) as process:
            _await(process, lambda: "worker.started" in process.log.read_text())
            yield process

    @contextmanager
    def lms(self) -> Iterator[Process]:
        """An LMS that takes in everything, as fast as it can."""
        with self._line("lms", [SINK, str(self.lms_port)], self.lms_port) as process:
            _await(process, lambda: _answers(self.lms_port))
            yield process

    def told(self) -> dict[str, list[float]]:
        """When the LMS answered which message, by its id, since this was last asked; in monotonic seconds."""
        told: dict[str, list[float]] = requests.get(self.hook, timeout=30).json()
        return told

    @property
    def hook(self) -> str:
        return f"http://{HOST}:{self.lms_port}/hook"

    @contextmanager
    def _line(self, name: str, arguments: list[str], port: int) -> Iterator[Process]:
        environment = {**self._environment(), "PORT": str(port)}
        with running({name: ["-m", *arguments]}, environment, self.conditions.folder) as (process,):
            yield process

    def _environment(self) -> dict[str, str]:
        """As in production; the developer's own settings are not inherited."""
        inherited = {name: value for name, value in os.environ.items() if name.startswith(_INHERITED)}
        return {
            **inherited,
            "FLASK_SKIP_DOTENV": "1",
            "DATABASE_URL": self.database_url,
            "WEBHOOK_API_KEYS": self.vendor_key,
            "LMS_API_KEYS": self.lms_key,
            "LMS_WEBHOOK_URL": self.hook,
            "LMS_WEBHOOK_SECRET": self.lms_secret,
            "LMS_ALLOW_PRIVATE_ADDRESSES": "true",
            "SECRET_KEY": self.secret_key,
            **({"WEB_CONCURRENCY": str(self.web_processes)} if self.web_processes else {}),
            "WORKER_THREADS": str(WORKER_THREADS),
        }


@contextmanager
def site(conditions: Conditions, sessions: int = 0) -> Iterator[Site]:
    """An installation that has so many sessions; nothing of it runs yet."""
    with conditions.fresh() as url:
        if sessions:
            fill(url, sessions, datetime.now(UTC), conditions.say)
        yield prepared(conditions, url)


def prepared(conditions: Conditions, database_url: str) -> Site:
    """An installation on this ledger."""
    return Site(
        conditions=conditions,
        database_url=database_url,
        web_port=_free_port(),
        empty_port=_free_port(),
        lms_port=_free_port(),
        vendor_key=secrets.token_urlsafe(24),
        lms_key=secrets.token_urlsafe(24),
        lms_secret="whsec_" + b64encode(secrets.token_bytes(32)).decode(),
        secret_key=secrets.token_urlsafe(32),
    )


@contextmanager
def both(conditions: Conditions, sessions: int = 0) -> Iterator[Site]:
    """Ours with so many sessions and the empty view, side by side."""
    with site(conditions, sessions) as made, ExitStack() as stack:
        stack.enter_context(made.web())
        stack.enter_context(made.empty())
        yield made


def _procfile(name: str) -> list[str]:
    lines = dict(line.split(": ", 1) for line in (HOME / "Procfile").read_text().splitlines())
    return shlex.split(lines[name])


def _await(process: Process, ready: Callable[[], bool]) -> None:
    patience = time.monotonic() + _PATIENCE
    while not ready():
        check([process])
        if time.monotonic() > patience:
            raise TimeoutError(f"{process.name} does not come up\n{process.tail()}")
        time.sleep(0.05)


def _answers(port: int) -> bool:
    try:
        return requests.get(f"http://{HOST}:{port}/healthz", timeout=5).ok
    except requests.RequestException:
        return False


def _free_port() -> int:
    """None of those that the system lends to whoever calls out."""
    for port in Random().sample(range(20_000, 32_000), 100):  # noqa: S311  # no secret
        with suppress(OSError), create_server(("", port)):
            return port
    raise OSError("no port is free")
