"""How much the databases read for a search, by their own count: a window of sessions, however many there are."""

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
A_LOOK = {"sqlite": 200, "postgresql": 100}
"""Steps of SQLite's machine, or blocks that PostgreSQL touches: as many as it takes to look something up."""

A_WINDOW = {"sqlite": 200 * search_store.SCAN_LIMIT, "postgresql": 12 * search_store.SCAN_LIMIT}

SEARCHES = (
    (SessionFilter(prefix="nobody"), A_LOOK),
    (SessionFilter(prefix="~"), A_LOOK),
    (SessionFilter(student="nobody"), A_LOOK),
    (SessionFilter(exam="no exam"), A_LOOK),
    (SessionFilter(has_pending_delivery=True), A_LOOK),
    (SessionFilter(prefix="s", status="stopped"), A_WINDOW),
    (SessionFilter(prefix="8", exam="no exam", has_pending_delivery=True), A_WINDOW),
    (SessionFilter(exam="exam-1", outcome="skipped"), A_WINDOW),
    (SessionFilter(hold="manual"), A_WINDOW),
    (SessionFilter(status="stopped"), A_WINDOW),
)
"""None of them finds anything, and that is where a database may read on and on."""


@pytest.fixture
def many(database: Database, database_url: str) -> Database:
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


def test_a_search_that_finds_nothing_gives_up_soon(many: Database) -> None:
    efforts = {
        wanted: effort(many, partial(search_store.search, many, wanted, None, 50))
        for wanted, _ in SEARCHES
    }

    assert [wanted for wanted, bound in SEARCHES if efforts[wanted] > bound[many.dialect]] == []
