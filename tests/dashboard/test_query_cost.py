"""How much the databases read for a page, by their own count, with 10,000 sessions stored."""

from collections.abc import Callable
from functools import partial

import pytest

from bench.fill_database import fill_database
from proctor_results.dashboard.queries import search_store
from proctor_results.dashboard.queries.search_store import SessionFilter
from proctor_results.database.connection import Database
from proctor_results.database.statement import Statement
from tests.support.reports import NOW

FLUSH = Statement("SELECT pg_stat_force_next_flush()")
BLOCKS = Statement("""
SELECT SUM(heap_blks_hit + heap_blks_read + idx_blks_hit + idx_blks_read) FROM pg_statio_user_tables
WHERE idx_blks_hit IS NOT NULL
""")
LOOKUP = {"sqlite": 200, "postgresql": 100}
"""Steps of SQLite's machine, or blocks that PostgreSQL touches, for a look-up in an index."""

FULL_SCAN = {"sqlite": 200 * search_store.SCAN_LIMIT, "postgresql": 12 * search_store.SCAN_LIMIT}

SEARCHES = (
    (SessionFilter(prefix="unknown"), LOOKUP),
    (SessionFilter(prefix="~"), LOOKUP),
    (SessionFilter(student="unknown"), LOOKUP),
    (SessionFilter(exam="no exam"), LOOKUP),
    (SessionFilter(has_pending_delivery=True), LOOKUP),
    (SessionFilter(prefix="s", status="stopped"), FULL_SCAN),
    (SessionFilter(prefix="8", exam="no exam", has_pending_delivery=True), FULL_SCAN),
    (SessionFilter(exam="exam-1", outcome="skipped"), FULL_SCAN),
    (SessionFilter(hold="manual"), FULL_SCAN),
    (SessionFilter(status="stopped"), FULL_SCAN),
)
"""None of them finds anything: a database could read all sessions in vain."""


@pytest.fixture
def filled_database(database: Database, database_url: str) -> Database:
    fill_database(database_url, 10_000, NOW, lambda _: None)
    return database


def effort(database: Database, do: Callable[[], object]) -> int:
    return _steps(database, do) if database.is_sqlite else _blocks(database, do)


def _steps(database: Database, do: Callable[[], object]) -> int:
    steps = []
    connection = database.peewee_database.connection()
    connection.set_progress_handler(lambda: steps.append(1), 1)
    do()
    connection.set_progress_handler(None, 1)
    return len(steps)


def _blocks(database: Database, do: Callable[[], object]) -> int:
    database.fetch(FLUSH)
    before = database.fetch(BLOCKS)[0][0]
    do()
    database.fetch(FLUSH)
    return int(database.fetch(BLOCKS)[0][0] - before)


def test_a_search_without_matches_ends_soon(filled_database: Database) -> None:
    efforts = {
        session_filter: effort(
            filled_database, partial(search_store.search, filled_database, session_filter, None, 50)
        )
        for session_filter, _ in SEARCHES
    }

    assert [
        session_filter
        for session_filter, bound in SEARCHES
        if efforts[session_filter] > bound[filled_database.dialect]
    ] == []
