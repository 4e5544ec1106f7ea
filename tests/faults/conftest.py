"""Where faults are tried: an LMS that hears everything, and installations on both databases."""

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from proctor_results.store import schema
from proctor_results.store.opening import open_ledger
from proctor_results.store.statement import Statement
from tests.faults.lms import Lms, listening
from tests.sites import Site, site_on

pytest.register_assert_rewrite("tests.faults.reckoning")  # so that its assertions show what they found


@pytest.fixture
def lms() -> Iterator[Lms]:
    with listening(Lms()) as made:
        yield made


@pytest.fixture(params=["sqlite", "postgresql"])
def site(request: pytest.FixtureRequest, lms: Lms, tmp_path: Path) -> Iterator[Site]:
    """A site on an empty database of its own, whose LMS is `lms`."""
    with _DATABASES[request.param](request, tmp_path) as url, site_on(url, tmp_path, lms.port) as made:
        yield made


@contextmanager
def _sqlite(request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    shutil.copy(request.getfixturevalue("sqlite_with_tables"), folder / "ledger.db")
    yield f"sqlite:///{folder / 'ledger.db'}"


@contextmanager
def _postgresql(request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    server, name = request.getfixturevalue("postgresql"), f"site_{uuid4().hex}"
    with closing(open_ledger(server)) as ledger:
        ledger.run(Statement(f"CREATE DATABASE {name} TEMPLATE template0"))
    try:
        yield with_tables(urlsplit(server)._replace(path=f"/{name}").geturl())
    finally:
        with closing(open_ledger(server)) as ledger:
            ledger.run(Statement(f"DROP DATABASE {name} WITH (FORCE)"))


def with_tables(url: str) -> str:
    with closing(open_ledger(url)) as ledger:
        schema.upgrade(ledger)
    return url


_DATABASES = {"sqlite": _sqlite, "postgresql": _postgresql}
