"""The database URL: which ones are accepted, and how each is connected."""

from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from proctor_results.database.connect import connect
from proctor_results.database.connection import Database
from proctor_results.database.statement import Statement


def asked(url: str) -> dict[str, object]:
    """Return the parameters that libpq reads from the URL of a database."""
    return dict(conninfo_to_dict(connect(url).peewee_database.database))


POSTGRESQL = {
    "Heroku's form": (
        "postgres://u:p@db.example:5433/d",
        {"host": "db.example", "port": "5433", "dbname": "d"},
    ),
    "the usual form": (
        "postgresql://u:p@db.example/d",
        {"user": "u", "password": "p", "dbname": "d"},
    ),
    "query parameters": (
        "postgresql://h/d?sslmode=require&target_session_attrs=any",
        {"sslmode": "require"},
    ),
    "a percent-encoded password": (
        "postgresql://u:p%40s%2Fs%25%20s@h/d",
        {"password": "p@s/s% s", "host": "h"},
    ),
    "a plus in the password": ("postgresql://u:p+s%2Bs@h/d", {"password": "p+s+s"}),
    "a plus in the query": ("postgresql://u@h/d?password=p+s", {"password": "p+s"}),
    "a socket, as pgserver gives it": (
        "postgresql://postgres:@/postgres?host=/run/a%20folder",
        {"host": "/run/a folder", "user": "postgres", "dbname": "postgres"},
    ),
    "a socket and no user": (
        "postgresql:///d?host=/var/run/postgresql",
        {"host": "/var/run/postgresql"},
    ),
    "several hosts": ("postgresql://one:1,two:2/d", {"host": "one,two", "port": "1,2"}),
    "our own application name": (
        "postgresql://h/d",
        {"application_name": "proctor-results", "connect_timeout": "5"},
    ),
    "another application name": (
        "postgresql://h/d?application_name=other",
        {"application_name": "other"},
    ),
}


@pytest.mark.parametrize(("url", "expected"), POSTGRESQL.values(), ids=POSTGRESQL.keys())
def test_an_address_of_postgresql_means_what_libpq_takes_it_for(
    url: str, expected: dict[str, str]
) -> None:
    assert expected.items() <= asked(url).items()
    assert connect(url).dialect == "postgresql"


def test_a_statement_on_postgresql_may_not_take_for_ever(postgresql: str) -> None:
    database = connect(postgresql)

    limits = [
        database.fetch(Statement(f"SHOW {name}")) for name in ("statement_timeout", "lock_timeout")
    ]
    database.close()

    assert limits == [[("15s",)], [("10s",)]]


def test_a_path_after_three_slashes_is_relative(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    database = connect("sqlite:///here.db")

    database.fetch(Statement("SELECT 1"))
    database.close()

    assert (tmp_path / "here.db").exists()


def test_a_path_after_four_slashes_is_absolute(tmp_path: Path) -> None:
    database = connect(f"sqlite:///{tmp_path}/a folder/there.db")
    (tmp_path / "a folder").mkdir()

    database.fetch(Statement("SELECT 1"))
    database.close()

    assert (tmp_path / "a folder" / "there.db").exists()


def test_nothing_is_connected_yet(tmp_path: Path) -> None:
    connect(f"sqlite:///{tmp_path}/never.db")

    assert list(tmp_path.iterdir()) == []


def test_sqlite_keeps_what_it_has_answered_through_a_power_cut(tmp_path: Path) -> None:
    database = connect(f"sqlite:///{tmp_path}/results.db")

    pragmas = [
        database.fetch(Statement(f"PRAGMA {name}"))
        for name in ("journal_mode", "synchronous", "foreign_keys")
    ]
    database.close()

    assert pragmas == [[("wal",)], [(2,)], [(1,)]]


REFUSED = {
    "memory": "sqlite:///:memory:",
    "no file": "sqlite:///",
    "two slashes": "sqlite://here.db",
    "no slashes": "sqlite:here.db",
    "no scheme": "here.db",
    "nothing": "",
    "another database": "mysql://u:p@h/d",
    "a driver in the scheme": "postgresql+psycopg://u:p@h/d",
}


@pytest.mark.parametrize("url", REFUSED.values(), ids=REFUSED.keys())
def test_any_other_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="must"):
        connect(url)


def test_which_database_it_is_can_be_asked(database: Database, database_url: str) -> None:
    assert database.is_sqlite is database_url.startswith("sqlite")
