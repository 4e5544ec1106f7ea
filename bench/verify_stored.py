"""Checks that every request that was answered with 200 is in the database."""

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

from bench.load.base import LoadResult
from proctor_results.database.connect import connect
from proctor_results.database.connection import Database
from proctor_results.database.statement import Statement

_QUIET_SECONDS = 0.3
"""Requests in flight are stored when that many seconds bring nothing new."""


@dataclass(frozen=True, kw_only=True)
class RowCount:
    """A count that grows by one for every request answered with 200.

    `before` selects the number before the load, `added` the growth since that `:mark`.
    """

    name: str
    before: Statement
    added: Statement


def new_rows(name: str, table: str, condition: str = "true") -> RowCount:
    """Count the new rows of a table; that is fast in a large table too."""
    return RowCount(
        name=name,
        before=Statement(f"SELECT COALESCE(MAX(id), 0) FROM {table}"),  # constants of the rows
        added=Statement(
            f"SELECT COUNT(*) FROM {table} WHERE id > :mark AND {condition}"
        ),  # as above
    )


def run_verified(
    url: str,
    counts: tuple[RowCount, ...],
    wait_for_previous: Callable[[], object],
    load: Callable[[], LoadResult],
) -> tuple[LoadResult, tuple[str, ...]]:
    """Run the load and return what is wrong: less was stored than answered, or more than sent.

    The last requests of a load are cut off and may be stored or not. Those of the load before must
    not be counted here, so the check first waits until the counts are stable.
    """
    with closing(connect(url)) as database:
        wait_for_previous()
        counts_before = _wait_until_unchanged(
            lambda: [_fetch_number(database, count.before) for count in counts]
        )
        load_result = load()
        added = [
            _fetch_number(database, count.added, mark=mark)
            for count, mark in zip(counts, counts_before, strict=True)
        ]
    added_by_name = zip((count.name for count in counts), added, strict=True)
    return load_result, (
        *load_result.faults,
        *(
            _fault(name, stored, load_result)
            for name, stored in added_by_name
            if not _is_consistent(stored, load_result)
        ),
    )


def _fetch_number(database: Database, statement: Statement, **values: int) -> int:
    return int(database.fetch(statement, **values)[0][0])


def _wait_until_unchanged(read_counts: Callable[[], list[int]]) -> list[int]:
    previous = read_counts()
    while True:
        time.sleep(_QUIET_SECONDS)
        current = read_counts()
        if current == previous:
            return previous
        previous = current


def _is_consistent(stored: int, load_result: LoadResult) -> bool:
    return load_result.answered <= stored <= load_result.sent


def _fault(name: str, stored: int, load_result: LoadResult) -> str:
    return (
        f"{load_result.answered} of {load_result.sent} requests were answered with 200, but "
        f"{stored} {name} were stored"
    )
