"""Opens the database that `DATABASE_URL` names."""

import sqlite3
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import peewee

from proctor_results.database.connection import Database

_MIN_SQLITE_VERSION = (3, 35, 0)
_PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": "full",  # an answered webhook survives a power cut
    "foreign_keys": 1,
    "secure_delete": 1,  # erased data leaves no bytes in the file, whatever the build of SQLite
    "cache_size": -1_000,  # KiB, for each thread; the system caches the file anyway
    "temp_store": "memory",
}
_POSTGRESQL_OPTIONS = {
    "connect_timeout": "5",
    "application_name": "proctor-results",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "options": "-c statement_timeout=15000 -c lock_timeout=10000 "
    "-c idle_in_transaction_session_timeout=30000 "
    "-c jit=off",  # compiling costs more than these short statements
}


def connect(url: str) -> Database:
    """Return the database at `sqlite:///path`, `postgresql://…` or Heroku's `postgres://…`.

    Nothing is connected yet. Raises ValueError for any other address, and for a SQLite too old.
    """
    scheme = urlsplit(url).scheme
    if scheme == "sqlite":
        return Database(_sqlite(url), "sqlite")
    if scheme in ("postgres", "postgresql"):
        return Database(_postgresql(url), "postgresql")
    raise ValueError("must begin with sqlite:///, postgresql:// or postgres://")


def _sqlite(url: str) -> peewee.Database:
    if sqlite3.sqlite_version_info < _MIN_SQLITE_VERSION:
        raise ValueError(f"needs SQLite 3.35 or newer, this Python has {sqlite3.sqlite_version}")
    path = url.removeprefix("sqlite:///")
    if path in ("", url, ":memory:"):
        raise ValueError("must name a file: sqlite:///proctor_results.db")
    return peewee.SqliteDatabase(path, pragmas=_PRAGMAS, timeout=10)


def _postgresql(url: str) -> peewee.Database:
    """Keep each plus: to libpq it is no space, in passwords either."""
    url_parts = urlsplit(url)
    options = {**_POSTGRESQL_OPTIONS, **dict(parse_qsl(url_parts.query.replace("+", "%2B")))}
    conninfo = (
        f"postgresql://{url_parts.netloc}{url_parts.path}?{urlencode(options, quote_via=quote)}"
    )
    return peewee.PostgresqlDatabase(conninfo, prefer_psycopg3=True)
