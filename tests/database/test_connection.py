"""Transactions on both databases, and what happens when the database becomes unavailable."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import peewee
import pytest

from proctor_results.database.connect import connect
from proctor_results.database.connection import Database, DatabaseUnavailable
from proctor_results.database.statement import Statement

KEEP = Statement("INSERT INTO policy (sha256, text) VALUES (:name, '')")
KEPT = Statement("SELECT sha256 FROM policy ORDER BY sha256")
RENAME = Statement("UPDATE policy SET text = 'renamed' WHERE sha256 = :name")
MISSING = Statement("SELECT 1 FROM no_such_table")
PROCESS = Statement("SELECT pg_backend_pid()")
TERMINATE = Statement("SELECT pg_terminate_backend(:process)")

on_a_server = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
"""SQLite has no server that could close a connection."""

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def kept(database: Database) -> list[str]:
    return [name for (name,) in database.fetch(KEPT)]


def together(database: Database, *steps: str | Callable[[], object]) -> None:
    """Store the names and call the functions, all in one transaction."""
    with database.transaction():
        for step in steps:
            database.fetch(KEEP, name=step) if isinstance(step, str) else step()


@pytest.fixture
def other(database_url: str) -> Iterator[Database]:
    """Open the same database with a second connection."""
    opened = connect(database_url)
    yield opened
    opened.close()


@pytest.fixture
def cut(database: Database, other: Database) -> partial[None]:
    """Let the server end the connection, as it does when it restarts."""
    (process,) = database.fetch(PROCESS)[0]
    return partial(_cut, other, process)


def _cut(other: Database, process: int) -> None:
    other.fetch(TERMINATE, process=process)
    while other.fetch(
        Statement("SELECT 1 FROM pg_stat_activity WHERE pid = :process"), process=process
    ):
        pass


def test_other_connections_see_a_transaction_only_after_its_commit(
    database: Database, other: Database
) -> None:
    seen: list[str] = []

    together(database, "a", "b", lambda: seen.extend(kept(other)))

    assert seen == []
    assert kept(other) == ["a", "b"]


def test_a_transaction_that_is_left_by_an_error_stores_nothing(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        together(database, "a", lambda: 1 / 0)

    assert kept(database) == []


def test_rows_are_counted_where_they_are_changed(database: Database) -> None:
    database.fetch(KEEP, name="a")

    assert database.execute(RENAME, name="a") == 1
    assert database.execute(RENAME, name="b") == 0


def test_a_missing_table_raises_database_unavailable(database: Database) -> None:
    with pytest.raises(DatabaseUnavailable, match="no_such_table"):
        database.fetch(MISSING)
    with pytest.raises(DatabaseUnavailable, match="no_such_table"):
        database.execute(MISSING)


def test_a_transaction_that_finds_a_table_missing_stores_nothing_and_the_next_one_works(
    database: Database,
) -> None:
    with pytest.raises(DatabaseUnavailable):
        together(database, "a", lambda: database.fetch(MISSING))

    together(database, "b")
    assert kept(database) == ["b"]


@on_sqlite
def test_a_disk_without_room_is_named_although_sqlite_has_rolled_back_by_itself(
    database: Database,
) -> None:
    database.fetch(Statement("PRAGMA max_page_count = 1"))
    with (
        pytest.raises(DatabaseUnavailable, match="database or disk is full"),
        database.transaction(),
    ):
        database.fetch(
            Statement("INSERT INTO policy (sha256, text) VALUES ('0', :text)"), text="x" * 1_000_000
        )


def test_a_broken_rule_of_the_tables_is_our_fault_and_no_outage(database: Database) -> None:
    with pytest.raises(peewee.IntegrityError):
        together(database, "a", "a")

    assert kept(database) == []


def test_a_fault_after_the_first_row_raises_database_unavailable(tmp_path: Path) -> None:
    """SQLite reads rows, and commits a lone INSERT … RETURNING, only while rows are fetched."""
    database = connect(f"sqlite:///{tmp_path}/results.db")

    with pytest.raises(DatabaseUnavailable, match="integer overflow"):
        database.fetch(
            Statement("SELECT abs(column1) FROM (VALUES (1), (-9223372036854775807 - 1))")
        )
    database.close()


def test_a_damaged_file_raises_database_unavailable(tmp_path: Path) -> None:
    (tmp_path / "results.db").write_bytes(
        b"no database at all, and long enough to be read as one" * 100
    )
    database = connect(f"sqlite:///{tmp_path}/results.db")

    for asking in (lambda: database.fetch(KEPT), lambda: together(database, "a")):
        with pytest.raises(DatabaseUnavailable, match="not a database"):
            asking()


UNREACHABLE = {
    "a folder that is not there": "sqlite:////no/such/folder/results.db",
    "no server listens": "postgresql://127.0.0.1:1/results",
    "a socket that is not there": "postgresql:///results?host=/no/such/folder",
}


@pytest.mark.parametrize("url", UNREACHABLE.values(), ids=UNREACHABLE.keys())
def test_an_unreachable_database_is_unavailable_to_statements_and_transactions(
    url: str,
) -> None:
    database = connect(url)

    with pytest.raises(DatabaseUnavailable):
        database.fetch(KEPT)
    with pytest.raises(DatabaseUnavailable):
        together(database, "a")


def test_an_unavailable_database_is_used_again_when_it_is_back(tmp_path: Path) -> None:
    database = connect(f"sqlite:///{tmp_path}/folder/results.db")
    with pytest.raises(DatabaseUnavailable):
        database.fetch(Statement("SELECT 1"))

    (tmp_path / "folder").mkdir()

    assert database.fetch(Statement("SELECT 1")) == [(1,)]
    database.close()


def test_a_closed_database_reconnects(database: Database) -> None:
    database.fetch(KEEP, name="a")

    database.close()

    assert kept(database) == ["a"]


@on_a_server
def test_a_connection_that_the_server_closed_is_made_anew_by_the_next_statement(
    database: Database, cut: partial[None]
) -> None:
    cut()

    database.fetch(KEEP, name="a")

    assert kept(database) == ["a"]


@on_a_server
def test_a_transaction_whose_connection_breaks_stores_nothing_and_the_next_one_works(
    database: Database, cut: partial[None]
) -> None:
    with pytest.raises(DatabaseUnavailable):
        together(database, "a", cut, "b")

    together(database, "c")
    assert kept(database) == ["c"]


@on_a_server
def test_a_connection_that_breaks_before_the_commit_stores_nothing(
    database: Database, cut: partial[None]
) -> None:
    with pytest.raises(DatabaseUnavailable):
        together(database, "a", cut)

    assert kept(database) == []


@on_a_server
def test_a_transaction_that_meets_a_connection_that_the_server_closed_begins_on_a_new_one(
    database: Database, cut: partial[None]
) -> None:
    cut()

    together(database, "a", "b")

    assert kept(database) == ["a", "b"]


def test_every_thread_has_a_connection_of_its_own(database: Database) -> None:
    together = threading.Barrier(4)

    def connection(_: int) -> int:
        database.fetch(KEPT)
        together.wait()
        number = id(database.peewee_database.connection())
        together.wait()
        database.close()
        return number

    with ThreadPoolExecutor(4) as threads:
        assert len(set(threads.map(connection, range(4)))) == 4


def test_threads_that_write_at_once_all_succeed(database: Database) -> None:
    def write(name: int) -> None:
        with database.transaction():
            database.fetch(KEPT)
            database.fetch(KEEP, name=str(name))
        database.close()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(write, range(40)))

    assert len(kept(database)) == 40


def write_many(url: str, who: str) -> None:
    """Runs in a process of its own."""
    database = connect(url)
    for number in range(40):
        with database.transaction():
            database.fetch(KEPT)
            database.fetch(KEEP, name=f"{who}-{number}")
    database.close()


def test_processes_that_write_at_once_all_succeed(database: Database, database_url: str) -> None:
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as processes:
        list(processes.map(write_many, [database_url] * 2, ["one", "two"]))

    assert len(kept(database)) == 80
