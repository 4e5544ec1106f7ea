"""How much the databases read for a search, by their own count: a window of sessions, however many there are."""

from collections.abc import Callable
from functools import partial

import pytest

from bench.seeds import fill
from proctor_results.store import listing
from proctor_results.store.ledger import Ledger
from proctor_results.store.listing import Wanted
from proctor_results.store.statement import Statement
from tests.reports import NOW

FLUSH = Statement("SELECT pg_stat_force_next_flush()")
BLOCKS = Statement("""
SELECT SUM(heap_blks_hit + heap_blks_read + idx_blks_hit + idx_blks_read) FROM pg_statio_user_tables
WHERE idx_blks_hit IS NOT NULL
""")
A_LOOK = {"sqlite": 200, "postgresql": 100}
"""Steps of SQLite's machine, or blocks that PostgreSQL touches: as many as it takes to look something up."""

A_WINDOW = {"sqlite": 200 * listing.WINDOW, "postgresql": 12 * listing.WINDOW}

SEARCHES = (
    (Wanted(begins="nobody"), A_LOOK),
    (Wanted(begins="~"), A_LOOK),
    (Wanted(student="nobody"), A_LOOK),
    (Wanted(exam="no exam"), A_LOOK),
    (Wanted(undelivered=True), A_LOOK),
    (Wanted(begins="s", status="stopped"), A_WINDOW),
    (Wanted(begins="8", exam="no exam", undelivered=True), A_WINDOW),
    (Wanted(exam="exam-1", outcome="skipped"), A_WINDOW),
    (Wanted(held="manual"), A_WINDOW),
    (Wanted(status="stopped"), A_WINDOW),
)
"""None of them finds anything, and that is where a database may read on and on."""


@pytest.fixture
def many(ledger: Ledger, database_url: str) -> Ledger:
    fill(database_url, 10_000, NOW, lambda _: None)
    return ledger


def effort(ledger: Ledger, do: Callable[[], object]) -> int:
    return _steps(ledger, do) if ledger.embedded else _blocks(ledger, do)


def _steps(ledger: Ledger, do: Callable[[], object]) -> int:
    steps = []
    connection = ledger.database.connection()
    connection.set_progress_handler(lambda: steps.append(1), 1)
    do()
    connection.set_progress_handler(None, 1)
    return len(steps)


def _blocks(ledger: Ledger, do: Callable[[], object]) -> int:
    ledger.run(FLUSH)
    before = ledger.run(BLOCKS)[0][0]
    do()
    ledger.run(FLUSH)
    return int(ledger.run(BLOCKS)[0][0] - before)


def test_a_search_that_finds_nothing_gives_up_soon(many: Ledger) -> None:
    efforts = {wanted: effort(many, partial(listing.find, many, wanted, None, 50)) for wanted, _ in SEARCHES}

    assert [wanted for wanted, bound in SEARCHES if efforts[wanted] > bound[many.dialect]] == []
