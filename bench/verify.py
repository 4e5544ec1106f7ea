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
"""What was on its way when the load ended has landed when so many seconds bring nothing new."""


@dataclass(frozen=True, kw_only=True)
class Count:
    """Something of which the ledger has one more for every request answered with 200."""

    what: str
    statement: Statement


def verified(url: str, counts: tuple[Count, ...], load: Callable[[], Run]) -> tuple[Run, tuple[str, ...]]:
    """The run of `load`, and what is wrong with it: the ledger has gained less than was answered, or more than sent.

    The load's last requests are cut off: they may have been stored or not, for nobody was told.
    """
    with closing(open_ledger(url)) as ledger:
        before = _at_rest(ledger, counts)
        run = load()
        after = _at_rest(ledger, counts)
    gained = {count.what: after[count.what] - before[count.what] for count in counts}
    return run, (*run.faults, *(_fault(what, stored, run) for what, stored in gained.items() if not _fits(stored, run)))


def _all(ledger: Ledger, counts: tuple[Count, ...]) -> dict[str, int]:
    return {count.what: int(ledger.run(count.statement)[0][0] or 0) for count in counts}


def _at_rest(ledger: Ledger, counts: tuple[Count, ...]) -> dict[str, int]:
    found = _all(ledger, counts)
    while True:
        time.sleep(_STILL)
        again = _all(ledger, counts)
        if again == found:
            return found
        found = again


def _fits(stored: int, run: Run) -> bool:
    return run.answered <= stored <= run.sent


def _fault(what: str, stored: int, run: Run) -> str:
    return f"{run.answered} of {run.sent} requests were answered with 200, but {stored} {what} were stored"
