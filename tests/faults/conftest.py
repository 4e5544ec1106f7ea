"""An LMS that records every message, and installations on both databases."""

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from proctor_results.database import schema as database_schema
from proctor_results.database.connect import connect
from proctor_results.database.statement import Statement
from tests.faults.support.fake_lms import FakeLms, serve_fake_lms
from tests.support.installation import Installation, create_installation

pytest.register_assert_rewrite(
    "tests.faults.support.reconcile"
)  # so that its assertions show what they found


@pytest.fixture
def lms() -> Iterator[FakeLms]:
    with serve_fake_lms(FakeLms()) as created:
        yield created


@pytest.fixture(params=["sqlite", "postgresql"])
def installation(
    request: pytest.FixtureRequest, lms: FakeLms, tmp_path: Path
) -> Iterator[Installation]:
    """An installation on an empty database of its own, which delivers to `lms`."""
    with (
        _DATABASES[request.param](request, tmp_path) as url,
        create_installation(url, tmp_path, lms.port) as created,
    ):
        yield created


@contextmanager
def _sqlite_url(request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    shutil.copy(request.getfixturevalue("sqlite_with_tables"), folder / "database.db")
    yield f"sqlite:///{folder / 'database.db'}"


@contextmanager
def _postgresql_url(request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    server, name = request.getfixturevalue("postgresql"), f"site_{uuid4().hex}"
    with closing(connect(server)) as database:
        database.fetch(Statement(f"CREATE DATABASE {name} TEMPLATE template0"))
    try:
        yield create_tables(urlsplit(server)._replace(path=f"/{name}").geturl())
    finally:
        with closing(connect(server)) as database:
            database.fetch(Statement(f"DROP DATABASE {name} WITH (FORCE)"))


def create_tables(url: str) -> str:
    with closing(connect(url)) as database:
        database_schema.upgrade(database)
    return url


_DATABASES = {"sqlite": _sqlite_url, "postgresql": _postgresql_url}
