"""Creating and upgrading the tables, on both databases."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playhouse.migrations import Runner

from proctor_results.database import schema as database_schema
from proctor_results.database.connect import connect
from proctor_results.database.connection import Database, DatabaseUnavailable
from proctor_results.database.statement import Statement

NAMES = sorted(path.stem for path in database_schema.MIGRATIONS.glob("[0-9]*.py"))
THINGS = Statement(
    "SELECT name FROM sqlite_master",
    postgresql="SELECT relname FROM pg_class WHERE relnamespace = CAST('public' AS regnamespace)",
)


@pytest.fixture(scope="module")
def bare_server(postgresql: str) -> str:
    """Return the URL of another database on the server."""
    server = connect(postgresql)
    server.fetch(Statement("CREATE DATABASE bare"))
    server.close()
    return urlsplit(postgresql)._replace(path="/bare").geturl()


@pytest.fixture(params=["sqlite", "postgresql"])
def bare_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'bare.db'}"
    url: str = request.getfixturevalue("bare_server")
    server = connect(url)
    for step in ("DROP SCHEMA public CASCADE", "CREATE SCHEMA public"):
        server.fetch(Statement(step))
    server.close()
    return url


@pytest.fixture
def bare(bare_url: str) -> Iterator[Database]:
    opened = connect(bare_url)
    opened.fetch(Statement("SELECT 1"))
    yield opened
    opened.close()


def upgraded(url: str) -> list[str]:
    """Upgrade the tables over a connection of its own."""
    database = connect(url)
    try:
        return database_schema.upgrade(database)
    finally:
        database.close()


def test_a_bare_database_gets_every_migration_in_its_order(bare: Database) -> None:
    assert database_schema.upgrade(bare) == NAMES
    assert database_schema.is_current(bare)


def test_upgrading_again_does_nothing(bare: Database) -> None:
    database_schema.upgrade(bare)
    things = bare.fetch(THINGS)

    assert database_schema.upgrade(bare) == []
    assert bare.fetch(THINGS) == things


def test_of_two_threads_that_upgrade_at_once_one_does_it(bare: Database, bare_url: str) -> None:
    with ThreadPoolExecutor(2) as threads:
        applied = list(threads.map(upgraded, [bare_url] * 2))

    assert sorted(applied) == [[], NAMES]
    assert database_schema.is_current(bare)


def test_of_two_processes_that_upgrade_at_once_one_does_it(bare: Database, bare_url: str) -> None:
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as processes:
        applied = list(processes.map(upgraded, [bare_url] * 2))

    assert sorted(applied) == [[], NAMES]
    assert database_schema.is_current(bare)


def test_an_upgrade_that_fails_leaves_nothing_half_done(bare: Database) -> None:
    bare.fetch(Statement("CREATE TABLE delivery (id INTEGER)"))
    before = bare.fetch(THINGS)

    with pytest.raises(DatabaseUnavailable):
        database_schema.upgrade(bare)

    assert bare.fetch(THINGS) == before


def test_the_status_lists_every_migration_and_whether_it_was_applied(bare: Database) -> None:
    before = database_schema.migration_status(bare)
    database_schema.upgrade(bare)

    assert before == [(name, False) for name in NAMES]
    assert database_schema.migration_status(bare) == [(name, True) for name in NAMES]


def test_tables_that_are_missing_are_not_current(bare: Database) -> None:
    assert not database_schema.is_current(bare)


def test_tables_of_an_older_version_are_not_current(bare: Database) -> None:
    database_schema.upgrade(bare)
    bare.fetch(Statement("DELETE FROM schema_migration WHERE name = :name"), name=NAMES[-1])

    assert not database_schema.is_current(bare)


def test_tables_of_a_newer_version_are_not_current(bare: Database) -> None:
    """A rolled-back release must not write into tables that it does not know."""
    database_schema.upgrade(bare)
    bare.fetch(Statement("UPDATE schema_migration SET name = '9999_from_the_future'"))

    assert not database_schema.is_current(bare)


def test_an_unavailable_database_is_not_taken_for_an_old_one() -> None:
    away = connect("sqlite:////no/such/folder/results.db")

    for asking in (
        database_schema.is_current,
        database_schema.migration_status,
        database_schema.upgrade,
    ):
        with pytest.raises(DatabaseUnavailable):
            asking(away)


def test_going_back_through_every_migration_leaves_nothing_behind(bare: Database) -> None:
    database_schema.upgrade(bare)

    undone = Runner(bare.peewee_database, str(database_schema.MIGRATIONS)).down(NAMES[0])

    assert undone == NAMES[::-1]
    assert {name for (name,) in bare.fetch(THINGS) if "schema_migration" not in name} == set()


def test_after_going_back_the_way_forward_is_open_again(bare: Database) -> None:
    database_schema.upgrade(bare)
    Runner(bare.peewee_database, str(database_schema.MIGRATIONS)).down(NAMES[0])

    assert database_schema.upgrade(bare) == NAMES
