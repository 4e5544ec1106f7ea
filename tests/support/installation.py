"""An installation: web and worker from the Procfile, on a clock that can be set, a sandbox LMS, and what they say."""

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
from tests.support.worker_fixtures import until

PATIENCE = 60  # a busy machine takes its time


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the vendor got for what it said; without a status no answer came."""

    said: bytes
    status: int | None = None
    retry_after: str | None = None


@dataclass(frozen=True, kw_only=True)
class Site:
    """An installation on this database. Nothing of it runs at first.

    `answers` are those to all that was posted; where none came, nothing is known of what became of the post.
    """

    demo_environment: DemoEnvironment
    database_url: str
    answers: list[Answer] = field(default_factory=list)

    def web(self, *fate: str) -> Program:
        """The web processes; `fate` is what `tests.faults.support.run_program` is to do to them."""
        program = self._line("web", fate)
        until(lambda: _answers(f"{self.demo_environment.web_url}/healthz"), PATIENCE)
        return program

    def worker(self, *fate: str) -> Program:
        """A worker, as above."""
        program = self._line("worker", fate)
        until(lambda: "worker.started" in program.log.read_text(), PATIENCE)
        return program

    def lms(self) -> Program:
        program = self._program(
            "lms", [*FLASK_COMMAND, "sandbox-lms", "--port", str(self.demo_environment.lms_port)]
        )
        until(lambda: _answers(f"{self.demo_environment.lms_url}/messages"), PATIENCE)
        return program

    def set_clock(self, ahead: float) -> None:
        """Sets the clock of web and worker to so many seconds ahead of the true time."""
        new = self._dial.with_suffix(".new")
        new.write_text(str(ahead))
        new.replace(self._dial)

    def post(self, said: bytes) -> int:
        """As a vendor does; the status. Raises requests.RequestException."""
        headers = {"X-Api-Key": self.demo_environment.vendor_key}
        try:
            answer = requests.post(
                f"{self.demo_environment.web_url}/webhooks/supervisor",
                said,
                headers=headers,
                timeout=20,
            )
        except requests.RequestException:
            self.answers.append(Answer(said=said))
            raise
        retry_after = answer.headers.get("Retry-After")
        self.answers.append(Answer(said=said, status=answer.status_code, retry_after=retry_after))
        return answer.status_code

    @property
    def posts(self) -> list[PostAttempt]:
        """All that was said, and how it was answered."""
        return [
            PostAttempt(body=answer.said, status=answer.status) for answer in list(self.answers)
        ]

    @property
    def accepted(self) -> list[bytes]:
        """What was answered with 200."""
        return [answer.said for answer in list(self.answers) if answer.status == 200]

    def statuses(self) -> set[int]:
        """How posts were answered. Whoever is turned away is told when to come again."""
        assert all(answer.retry_after for answer in self.answers if answer.status == 503)
        return {answer.status for answer in self.answers if answer.status is not None}

    def ask(self, question: Statement) -> list[Row]:
        """Looks into the database."""
        with closing(connect(self.database_url)) as database:
            return database.fetch(question)

    @property
    def _dial(self) -> Path:
        return self.demo_environment.folder / "clock"

    def _line(self, name: str, fate: tuple[str, ...]) -> Program:
        launched = ["-m", "tests.faults.support.run_program", "--clock", str(self._dial), *fate]
        return self._program(name, [*launched, *shlex.split(_PROCFILE[name])])

    def _program(self, name: str, arguments: list[str]) -> Program:
        folder = self.demo_environment.folder
        environment = {
            **self.demo_environment.environment_variables(),
            "DATABASE_URL": self.database_url,
        }
        mark = f"{folder}/{name}-{next(_NUMBERS)}"
        program = Program(arguments, environment, mark, Path(f"{mark}.log"))
        program.start()
        return program


@contextmanager
def site_on(database_url: str, folder: Path, lms_port: int = 0) -> Iterator[Site]:
    """A site with an empty folder of its own. In the end nothing of it is left running."""
    demo_environment = replace(
        create_environment(folder), web_port=free_port(), lms_port=lms_port or free_port()
    )
    site = Site(demo_environment=demo_environment, database_url=database_url)
    site.set_clock(ahead=0)
    try:
        yield site
    finally:
        kill_marked(f"{folder}/")


def free_port() -> int:
    """None of those that the system lends to whoever calls out: while web is dead, nobody else may get its port."""
    for port in Random().sample(range(20_000, 32_000), 100):  # noqa: S311  # no secret
        with suppress(OSError), create_server(("", port)):
            return port
    raise OSError("no port is free")


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).ok
    except requests.RequestException:
        return False


_PROCFILE = dict(
    line.split(": ", 1) for line in (PROJECT_FOLDER / "Procfile").read_text().splitlines()
)
_NUMBERS = count(1)
