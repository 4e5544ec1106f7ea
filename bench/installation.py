"""Our web process and the empty view, both as the Procfile starts ours."""

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
from bench.fill_database import fill_database
from demo.environment import HOST, PROJECT_FOLDER
from demo.processes import Process, raise_if_ended, run_processes

EMPTY_APP = "bench.empty_app:app"
FAST_LMS = "bench.fast_lms"
WORKER_THREADS = 8
_INHERITED_VARIABLES = (
    "PATH",
    "HOME",
    "USER",
    "LANG",
    "LC_",
    "LD_",
    "TMPDIR",
    "TZ",
    "PYTHON",
    "VIRTUAL_ENV",
    "WEB_CONCURRENCY",
)
_START_TIMEOUT = 30


@dataclass(frozen=True, kw_only=True)
class BenchInstallation:
    """Addresses and keys of an installation. On SQLite it has one web process."""

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
        """Run our web process until the end of the block."""
        with self._run_program("web", _procfile("web"), self.web_port) as process:
            _wait_until_ready(process, lambda: _is_healthy(self.web_port))
            yield process

    @contextmanager
    def empty_app(self) -> Iterator[Process]:
        """Run the empty view under the same settings."""
        arguments = [EMPTY_APP if word == "wsgi:app" else word for word in _procfile("web")]
        with self._run_program("empty", arguments, self.empty_port) as process:
            _wait_until_ready(process, lambda: _is_healthy(self.empty_port))
            yield process

    @contextmanager
    def worker(self, number: int = 1) -> Iterator[Process]:
        """Run one of our workers."""
        with self._run_program(f"worker-{number}", _procfile("worker"), self.web_port) as process:
            _wait_until_ready(process, lambda: "worker.started" in process.log.read_text())
            yield process

    @contextmanager
    def lms(self) -> Iterator[Process]:
        """Run an LMS that accepts everything as fast as it can."""
        with self._run_program("lms", [FAST_LMS, str(self.lms_port)], self.lms_port) as process:
            _wait_until_ready(process, lambda: _is_healthy(self.lms_port))
            yield process

    def answer_times(self) -> dict[str, list[float]]:
        """Return by message id when the LMS answered since the last call, in monotonic seconds."""
        times: dict[str, list[float]] = requests.get(self.webhook_url, timeout=30).json()
        return times

    @property
    def webhook_url(self) -> str:
        return f"http://{HOST}:{self.lms_port}/hook"

    @contextmanager
    def _run_program(self, name: str, arguments: list[str], port: int) -> Iterator[Process]:
        environment = {**self._environment(), "PORT": str(port)}
        with run_processes({name: ["-m", *arguments]}, environment, self.conditions.folder) as (
            process,
        ):
            yield process

    def _environment(self) -> dict[str, str]:
        """Return the settings of production; the developer's own are not inherited."""
        inherited = {
            name: value
            for name, value in os.environ.items()
            if name.startswith(_INHERITED_VARIABLES)
        }
        return {
            **inherited,
            "FLASK_SKIP_DOTENV": "1",
            "DATABASE_URL": self.database_url,
            "SUPERVISOR_WEBHOOK_KEYS": self.vendor_key,
            "LMS_API_KEYS": self.lms_key,
            "LMS_WEBHOOK_URL": self.webhook_url,
            "LMS_WEBHOOK_SECRET": self.lms_secret,
            "LMS_ALLOW_PRIVATE_ADDRESSES": "true",
            "SECRET_KEY": self.secret_key,
            **({"WEB_CONCURRENCY": str(self.web_processes)} if self.web_processes else {}),
            "WORKER_THREADS": str(WORKER_THREADS),
        }


@contextmanager
def create_installation(conditions: Conditions, sessions: int = 0) -> Iterator[BenchInstallation]:
    """Create an installation with that many sessions, at first without a process."""
    with conditions.new_database() as url:
        if sessions:
            fill_database(url, sessions, datetime.now(UTC), conditions.report_progress)
        yield installation_on(conditions, url)


def installation_on(conditions: Conditions, database_url: str) -> BenchInstallation:
    """Create an installation on this database."""
    return BenchInstallation(
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
def run_web_and_empty_app(conditions: Conditions, sessions: int = 0) -> Iterator[BenchInstallation]:
    """Run ours with that many sessions, and the empty view beside it."""
    with create_installation(conditions, sessions) as installation, ExitStack() as stack:
        stack.enter_context(installation.web())
        stack.enter_context(installation.empty_app())
        yield installation


def _procfile(name: str) -> list[str]:
    lines = dict(
        line.split(": ", 1) for line in (PROJECT_FOLDER / "Procfile").read_text().splitlines()
    )
    return shlex.split(lines[name])


def _wait_until_ready(process: Process, is_ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _START_TIMEOUT
    while not is_ready():
        raise_if_ended([process])
        if time.monotonic() > deadline:
            raise TimeoutError(f"{process.name} does not come up\n{process.log_tail()}")
        time.sleep(0.05)


def _is_healthy(port: int) -> bool:
    try:
        return requests.get(f"http://{HOST}:{port}/healthz", timeout=5).ok
    except requests.RequestException:
        return False


def _free_port() -> int:
    """Return a free port outside the ephemeral range."""
    for port in Random().sample(range(20_000, 32_000), 100):  # no secret
        with suppress(OSError), create_server(("", port)):
            return port
    raise OSError("no port is free")
