"""Whether everything that was answered with 200 is in the database."""

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

from bench.load.plan import Run
from proctor_results.store.ledger import Ledger
from proctor_results.store.opening import open_ledger
from proctor_results.store.statement import Statement

_STILL = 0.3
"""What was on its way has landed when so many seconds bring nothing new."""


@dataclass(frozen=True, kw_only=True)
class Count:
    """Something of which the ledger has one more for every request answered with 200.

    `mark` is a number before the load, `gained` how many there are since that `:mark`.
    """

    what: str
    mark: Statement
    gained: Statement


def rows(what: str, table: str, condition: str = "true") -> Count:
    """New rows of a table; counting those alone is fast in a large one, too."""
    return Count(
        what=what,
        mark=Statement(f"SELECT COALESCE(MAX(id), 0) FROM {table}"),  # noqa: S608  # constants of the rows
        gained=Statement(f"SELECT COUNT(*) FROM {table} WHERE id > :mark AND {condition}"),  # noqa: S608  # as above
    )


def verified(
    url: str, counts: tuple[Count, ...], settle: Callable[[], object], load: Callable[[], Run]
) -> tuple[Run, tuple[str, ...]]:
    """The run of `load`, and what is wrong with it: the ledger has gained less than was answered, or more than sent.

    The load's last requests are cut off: they may be stored or not, for nobody was told. Those of the load before must
    not be counted here; when `settle` returns, they have landed, or will very soon.
    """
    with closing(open_ledger(url)) as ledger:
        settle()
        marks = _at_rest(lambda: [_number(ledger, count.mark) for count in counts])
        run = load()
        gained = [_number(ledger, count.gained, mark=mark) for count, mark in zip(counts, marks, strict=True)]
    found = zip((count.what for count in counts), gained, strict=True)
    return run, (*run.faults, *(_fault(what, stored, run) for what, stored in found if not _fits(stored, run)))


def _number(ledger: Ledger, statement: Statement, **values: int) -> int:
    return int(ledger.run(statement, **values)[0][0])


def _at_rest(look: Callable[[], list[int]]) -> list[int]:
    found = look()
    while True:
        time.sleep(_STILL)
        again = look()
        if again == found:
            return found
        found = again


def _fits(stored: int, run: Run) -> bool:
    return run.answered <= stored <= run.sent


def _fault(what: str, stored: int, run: Run) -> str:
    return f"{run.answered} of {run.sent} requests were answered with 200, but {stored} {what} were stored"
