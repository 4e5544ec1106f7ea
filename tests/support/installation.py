"""An installation: web and worker from the Procfile, a sandbox LMS, and a clock to shift."""

import shlex
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from random import Random
from socket import create_server

import requests

from bench.reconciliation.data import PostAttempt
from demo.environment import (
    FLASK_COMMAND,
    PROJECT_FOLDER,
    DemoEnvironment,
    create_environment,
)
from proctor_results.database.connect import connect
from proctor_results.database.connection import Row
from proctor_results.database.statement import Statement
from tests.support.processes import Program, kill_marked
from tests.support.worker_fixtures import wait_until

TIMEOUT_SECONDS = 60  # a busy machine takes its time


@dataclass(frozen=True, kw_only=True)
class PostResponse:
    """The response to a post; without a status no response came."""

    body: bytes
    status: int | None = None
    retry_after: str | None = None


@dataclass(frozen=True, kw_only=True)
class Installation:
    """An installation on this database, at first without a running process.

    `responses` has one for each post; without a status the post may have been stored or not.
    """

    demo_environment: DemoEnvironment
    database_url: str
    responses: list[PostResponse] = field(default_factory=list)

    def start_web(self, *fault_options: str) -> Program:
        """Start web; `fault_options` are those of `tests.faults.support.run_program`."""
        program = self._start_from_procfile("web", fault_options)
        wait_until(
            lambda: _is_responsive(f"{self.demo_environment.web_url}/healthz"), TIMEOUT_SECONDS
        )
        return program

    def start_worker(self, *fault_options: str) -> Program:
        """Start a worker, as above."""
        program = self._start_from_procfile("worker", fault_options)
        wait_until(
            # A program that was killed may have lost its last log lines.
            lambda: "worker.started" in program.log.read_text() or not program.is_running,
            TIMEOUT_SECONDS,
        )
        return program

    def start_lms(self) -> Program:
        program = self._start(
            "lms", [*FLASK_COMMAND, "sandbox-lms", "--port", str(self.demo_environment.lms_port)]
        )
        wait_until(
            lambda: _is_responsive(f"{self.demo_environment.lms_url}/messages"), TIMEOUT_SECONDS
        )
        return program

    def set_clock(self, ahead: float) -> None:
        """Set the clock of web and worker ahead of the true time, in seconds."""
        new = self._clock_file.with_suffix(".new")
        new.write_text(str(ahead))
        new.replace(self._clock_file)

    def post(self, body: bytes) -> int:
        """Post as a vendor does and return the status. Raises requests.RequestException."""
        headers = {"X-Api-Key": self.demo_environment.vendor_key}
        try:
            response = requests.post(
                f"{self.demo_environment.web_url}/webhooks/supervisor",
                body,
                headers=headers,
                timeout=20,
            )
        except requests.RequestException:
            self.responses.append(PostResponse(body=body))
            raise
        retry_after = response.headers.get("Retry-After")
        self.responses.append(
            PostResponse(body=body, status=response.status_code, retry_after=retry_after)
        )
        return response.status_code

    @property
    def post_attempts(self) -> list[PostAttempt]:
        """All posts and how they were answered."""
        return [
            PostAttempt(body=answer.body, status=answer.status) for answer in list(self.responses)
        ]

    @property
    def accepted_bodies(self) -> list[bytes]:
        """The bodies that were answered with 200."""
        return [answer.body for answer in list(self.responses) if answer.status == 200]

    def statuses(self) -> set[int]:
        """Return the statuses of all responses. Each 503 must carry Retry-After."""
        assert all(answer.retry_after for answer in self.responses if answer.status == 503)
        return {answer.status for answer in self.responses if answer.status is not None}

    def query(self, statement: Statement) -> list[Row]:
        """Query the database."""
        with closing(connect(self.database_url)) as database:
            return database.fetch(statement)

    @property
    def _clock_file(self) -> Path:
        return self.demo_environment.folder / "clock"

    def _start_from_procfile(self, name: str, fault_options: tuple[str, ...]) -> Program:
        launcher = [
            "-m",
            "tests.faults.support.run_program",
            "--clock",
            str(self._clock_file),
            *fault_options,
        ]
        return self._start(name, [*launcher, *shlex.split(_PROCFILE[name])])

    def _start(self, name: str, arguments: list[str]) -> Program:
        folder = self.demo_environment.folder
        environment = {
            **self.demo_environment.environment_variables(),
            "DATABASE_URL": self.database_url,
        }
        process_mark = f"{folder}/{name}-{next(_NUMBERS)}"
        program = Program(arguments, environment, process_mark, Path(f"{process_mark}.log"))
        program.start()
        return program


@contextmanager
def create_installation(
    database_url: str, folder: Path, lms_port: int = 0
) -> Iterator[Installation]:
    """Create an installation in an empty folder, and kill its processes in the end."""
    demo_environment = replace(
        create_environment(folder), web_port=free_port(), lms_port=lms_port or free_port()
    )
    installation = Installation(demo_environment=demo_environment, database_url=database_url)
    installation.set_clock(ahead=0)
    try:
        yield installation
    finally:
        kill_marked(f"{folder}/")


def free_port() -> int:
    """Return a free port outside the ephemeral range: no client gets it while web is dead."""
    for port in Random().sample(range(20_000, 32_000), 100):  # noqa: S311  # no secret
        with suppress(OSError), create_server(("", port)):
            return port
    raise OSError("no port is free")


def _is_responsive(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).ok
    except requests.RequestException:
        return False


_PROCFILE = dict(
    line.split(": ", 1) for line in (PROJECT_FOLDER / "Procfile").read_text().splitlines()
)
_NUMBERS = count(1)
