"""Empty ledgers with our tables, on a real disk."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

from proctor_results.store import schema
from proctor_results.store.opening import open_ledger
from proctor_results.store.statement import Statement
from tests.postgresql import running

Fresh = Callable[[], AbstractContextManager[str]]
"""Opens an empty ledger; its address."""

_NUMBERS = count(1)


@contextmanager
def sqlite(folder: Path) -> Iterator[Fresh]:
    """Each ledger is a file of its own."""

    @contextmanager
    def fresh() -> Iterator[str]:
        with tempfile.TemporaryDirectory(dir=folder, prefix="sqlite-") as own:
            yield _with_tables(f"sqlite:///{own}/ledger.db")

    yield fresh


@contextmanager
def postgresql(folder: Path) -> Iterator[Fresh]:
    """Each ledger is a database of its own; the server is the wheel's, with its defaults."""
    with running(folder) as server:

        @contextmanager
        def fresh() -> Iterator[str]:
            name = f"bench_{next(_NUMBERS)}"
            _run(server.get_uri(), f"CREATE DATABASE {name}")
            yield _with_tables(urlsplit(server.get_uri())._replace(path=f"/{name}").geturl())
            _run(server.get_uri(), f"DROP DATABASE {name} WITH (FORCE)")

        yield fresh


DATABASES: dict[str, Callable[[Path], AbstractContextManager[Fresh]]] = {"sqlite": sqlite, "postgresql": postgresql}


def _with_tables(url: str) -> str:
    with closing(open_ledger(url)) as ledger:
        schema.upgrade(ledger)
    return url


def _run(url: str, sql: str) -> None:
    with closing(open_ledger(url)) as ledger:
        ledger.run(Statement(sql))
