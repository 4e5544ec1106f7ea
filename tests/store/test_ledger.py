"""The open ledger on both databases: transactions, and what happens when the database goes away."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import peewee
import pytest

from proctor_results.store.ledger import Ledger, LedgerAway
from proctor_results.store.opening import open_ledger
from proctor_results.store.statement import Statement

KEEP = Statement("INSERT INTO policy (sha256, text) VALUES (:name, '')")
KEPT = Statement("SELECT sha256 FROM policy ORDER BY sha256")
RENAME = Statement("UPDATE policy SET text = 'renamed' WHERE sha256 = :name")
MISSING = Statement("SELECT 1 FROM no_such_table")
PROCESS = Statement("SELECT pg_backend_pid()")
TERMINATE = Statement("SELECT pg_terminate_backend(:process)")

on_a_server = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
"""SQLite has no server that could close a connection."""

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def kept(ledger: Ledger) -> list[str]:
    return [name for (name,) in ledger.run(KEPT)]


def together(ledger: Ledger, *steps: str | Callable[[], object]) -> None:
    """All of it in one transaction: a name is kept, anything else is done."""
    with ledger.transaction():
        for step in steps:
            ledger.run(KEEP, name=step) if isinstance(step, str) else step()


@pytest.fixture
def other(database_url: str) -> Iterator[Ledger]:
    """The same database, opened by somebody else."""
    opened = open_ledger(database_url)
    yield opened
    opened.close()


@pytest.fixture
def cut(ledger: Ledger, other: Ledger) -> partial[None]:
    """Has the server end the ledger's connection, as it does when it restarts."""
    (process,) = ledger.run(PROCESS)[0]
    return partial(_cut, other, process)


def _cut(other: Ledger, process: int) -> None:
    other.run(TERMINATE, process=process)
    while other.run(Statement("SELECT 1 FROM pg_stat_activity WHERE pid = :process"), process=process):
        pass


def test_a_transaction_that_ends_well_is_seen_by_everybody_and_not_before(ledger: Ledger, other: Ledger) -> None:
    seen: list[str] = []

    together(ledger, "a", "b", lambda: seen.extend(kept(other)))

    assert seen == []
    assert kept(other) == ["a", "b"]


def test_a_transaction_that_is_left_by_an_error_stores_nothing(ledger: Ledger) -> None:
    with pytest.raises(ZeroDivisionError):
        together(ledger, "a", lambda: 1 / 0)

    assert kept(ledger) == []


def test_rows_are_counted_where_they_are_changed(ledger: Ledger) -> None:
    ledger.run(KEEP, name="a")

    assert ledger.count(RENAME, name="a") == 1
    assert ledger.count(RENAME, name="b") == 0


def test_a_table_that_is_not_there_means_the_ledger_is_away(ledger: Ledger) -> None:
    with pytest.raises(LedgerAway, match="no_such_table"):
        ledger.run(MISSING)
    with pytest.raises(LedgerAway, match="no_such_table"):
        ledger.count(MISSING)


def test_a_transaction_that_finds_a_table_missing_stores_nothing_and_the_next_one_works(ledger: Ledger) -> None:
    with pytest.raises(LedgerAway):
        together(ledger, "a", lambda: ledger.run(MISSING))

    together(ledger, "b")
    assert kept(ledger) == ["b"]


@on_sqlite
def test_a_disk_without_room_is_named_although_sqlite_has_rolled_back_by_itself(ledger: Ledger) -> None:
    ledger.run(Statement("PRAGMA max_page_count = 1"))
    with pytest.raises(LedgerAway, match="database or disk is full"), ledger.transaction():
        ledger.run(Statement("INSERT INTO policy (sha256, text) VALUES ('0', :text)"), text="x" * 1_000_000)


def test_a_broken_rule_of_the_tables_is_our_fault_and_no_outage(ledger: Ledger) -> None:
    with pytest.raises(peewee.IntegrityError):
        together(ledger, "a", "a")

    assert kept(ledger) == []


def test_a_fault_met_after_the_first_row_means_the_ledger_is_away(tmp_path: Path) -> None:
    """SQLite reads rows, and commits a lone INSERT … RETURNING, only while rows are fetched."""
    ledger = open_ledger(f"sqlite:///{tmp_path}/ledger.db")

    with pytest.raises(LedgerAway, match="integer overflow"):
        ledger.run(Statement("SELECT abs(column1) FROM (VALUES (1), (-9223372036854775807 - 1))"))
    ledger.close()


def test_a_damaged_file_means_the_ledger_is_away(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_bytes(b"no database at all, and long enough to be read as one" * 100)
    ledger = open_ledger(f"sqlite:///{tmp_path}/ledger.db")

    for asking in (lambda: ledger.run(KEPT), lambda: together(ledger, "a")):
        with pytest.raises(LedgerAway, match="not a database"):
            asking()


UNREACHABLE = {
    "a folder that is not there": "sqlite:////no/such/folder/ledger.db",
    "nobody listens": "postgresql://127.0.0.1:1/ledger",
    "a socket that is not there": "postgresql:///ledger?host=/no/such/folder",
}


@pytest.mark.parametrize("url", UNREACHABLE.values(), ids=UNREACHABLE.keys())
def test_a_database_that_cannot_be_reached_is_away_for_statements_and_transactions(url: str) -> None:
    ledger = open_ledger(url)

    with pytest.raises(LedgerAway):
        ledger.run(KEPT)
    with pytest.raises(LedgerAway):
        together(ledger, "a")


def test_a_ledger_that_was_away_is_found_when_it_is_back(tmp_path: Path) -> None:
    ledger = open_ledger(f"sqlite:///{tmp_path}/folder/ledger.db")
    with pytest.raises(LedgerAway):
        ledger.run(Statement("SELECT 1"))

    (tmp_path / "folder").mkdir()

    assert ledger.run(Statement("SELECT 1")) == [(1,)]
    ledger.close()


def test_a_closed_ledger_opens_itself_again(ledger: Ledger) -> None:
    ledger.run(KEEP, name="a")

    ledger.close()

    assert kept(ledger) == ["a"]


@on_a_server
def test_a_connection_that_the_server_closed_is_made_anew_by_the_next_statement(
    ledger: Ledger, cut: partial[None]
) -> None:
    cut()

    ledger.run(KEEP, name="a")

    assert kept(ledger) == ["a"]


@on_a_server
def test_a_transaction_whose_connection_breaks_stores_nothing_and_the_next_one_works(
    ledger: Ledger, cut: partial[None]
) -> None:
    with pytest.raises(LedgerAway):
        together(ledger, "a", cut, "b")

    together(ledger, "c")
    assert kept(ledger) == ["c"]


@on_a_server
def test_a_connection_that_breaks_before_the_commit_stores_nothing(ledger: Ledger, cut: partial[None]) -> None:
    with pytest.raises(LedgerAway):
        together(ledger, "a", cut)

    assert kept(ledger) == []


@on_a_server
def test_a_transaction_that_meets_a_connection_that_the_server_closed_begins_on_a_new_one(
    ledger: Ledger, cut: partial[None]
) -> None:
    cut()

    together(ledger, "a", "b")

    assert kept(ledger) == ["a", "b"]


def test_every_thread_has_a_connection_of_its_own(ledger: Ledger) -> None:
    together = threading.Barrier(4)

    def connection(_: int) -> int:
        ledger.run(KEPT)
        together.wait()
        number = id(ledger.database.connection())
        together.wait()
        ledger.close()
        return number

    with ThreadPoolExecutor(4) as threads:
        assert len(set(threads.map(connection, range(4)))) == 4


def test_threads_that_write_at_once_all_succeed(ledger: Ledger) -> None:
    def write(name: int) -> None:
        with ledger.transaction():
            ledger.run(KEPT)
            ledger.run(KEEP, name=str(name))
        ledger.close()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(write, range(40)))

    assert len(kept(ledger)) == 40


def write_many(url: str, who: str) -> None:
    """Runs in a process of its own."""
    ledger = open_ledger(url)
    for number in range(40):
        with ledger.transaction():
            ledger.run(KEPT)
            ledger.run(KEEP, name=f"{who}-{number}")
    ledger.close()


def test_processes_that_write_at_once_all_succeed(ledger: Ledger, database_url: str) -> None:
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as processes:
        list(processes.map(write_many, [database_url] * 2, ["one", "two"]))

    assert len(kept(ledger)) == 80
