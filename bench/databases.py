"""Empty databases with our tables, on a real disk."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

from proctor_results.database import schema as database_schema
from proctor_results.database.connect import connect
from proctor_results.database.statement import Statement
from tests.support.postgresql import run_postgresql

NewDatabase = Callable[[], AbstractContextManager[str]]
"""Opens an empty database and yields its address."""

_NUMBERS = count(1)


@contextmanager
def sqlite(folder: Path) -> Iterator[NewDatabase]:
    """Each database is a file."""

    @contextmanager
    def new_database() -> Iterator[str]:
        with tempfile.TemporaryDirectory(dir=folder, prefix="sqlite-") as database_folder:
            yield _with_tables(f"sqlite:///{database_folder}/bench.db")

    yield new_database


@contextmanager
def postgresql(folder: Path) -> Iterator[NewDatabase]:
    """Each is a database of one server, the wheel's, with its defaults."""
    with run_postgresql(folder) as server:

        @contextmanager
        def new_database() -> Iterator[str]:
            name = f"bench_{next(_NUMBERS)}"
            _run(server.get_uri(), f"CREATE DATABASE {name}")
            yield _with_tables(urlsplit(server.get_uri())._replace(path=f"/{name}").geturl())
            _run(server.get_uri(), f"DROP DATABASE {name} WITH (FORCE)")

        yield new_database


DATABASES: dict[str, Callable[[Path], AbstractContextManager[NewDatabase]]] = {
    "sqlite": sqlite,
    "postgresql": postgresql,
}


def _with_tables(url: str) -> str:
    with closing(connect(url)) as database:
        database_schema.upgrade(database)
    return url


def _run(url: str, sql: str) -> None:
    with closing(connect(url)) as database:
        database.fetch(Statement(sql))
