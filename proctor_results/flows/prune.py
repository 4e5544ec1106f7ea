"""What is old is let go: bodies of receipts, attempts, and at last whole sessions, of which the digests stay."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from proctor_results.flows.house import House
from proctor_results.store import erasing, pruning

ACTOR = "flask prune"
STRIDE = 500
AT_ONCE = {"receipt": 200, "attempt": 500, "session": 25}
"""So many of a stride go in one transaction: on SQLite everybody else waits for it."""

Told = Callable[[int], None]


@dataclass(frozen=True, kw_only=True)
class Ages:
    """Older than that is let go; None keeps it for ever."""

    bodies: timedelta | None = None
    attempts: timedelta | None = None
    sessions: timedelta | None = None


class Pruning:
    """One run, as of `now`. Whatever it has done is done, so it may be stopped at any moment and run again.

    `found` counts bodies, attempts and sessions, and `kept` sessions: old, but held, undelivered or listened for.
    """

    def __init__(self, house: House, ages: Ages, now: datetime, *, dry: bool) -> None:
        """Raises LedgerAway."""
        self._house, self._ages, self._now, self._dry = house, ages, now, dry
        self._last = {table: pruning.last_id(house.ledger, table) for table in _ORDER}
        self.found = Counter[str]()

    @property
    def length(self) -> int:
        """How many ids there are to go through."""
        return sum(last for table, last in self._last.items() if self._age(table) is not None)

    def run(self, done: Told, rest: Callable[[], object]) -> None:
        """`done` is told how far it gets; `rest` is called between transactions, so that others get on.

        Raises LedgerAway.
        """
        for table in _ORDER:
            age = self._age(table)
            if age is not None:
                for after, upto in _strides(0, self._last[table], STRIDE):
                    self._go_through(table, after, upto, self._now - age, rest)
                    done(upto - after)

    def _age(self, table: str) -> timedelta | None:
        return {"receipt": self._ages.bodies, "attempt": self._ages.attempts, "session": self._ages.sessions}[table]

    def _go_through(self, table: str, after: int, upto: int, before: datetime, rest: Callable[[], object]) -> None:
        what, count, let_go = _STEPS[table]
        found = count(self, after, upto, before)
        if found and not self._dry:
            found = 0
            for each in _strides(after, upto, AT_ONCE[table]):
                with self._house.ledger.transaction():
                    found += let_go(self, *each, before)
                rest()
        self.found[what] += found

    def _count_bodies(self, after: int, upto: int, before: datetime) -> int:
        return pruning.count_bodies(self._house.ledger, after, upto, before)

    def _prune_bodies(self, after: int, upto: int, before: datetime) -> int:
        return pruning.prune_bodies(self._house.ledger, after, upto, before, self._now)

    def _count_attempts(self, after: int, upto: int, before: datetime) -> int:
        return pruning.count_attempts(self._house.ledger, after, upto, before)

    def _prune_attempts(self, after: int, upto: int, before: datetime) -> int:
        return pruning.prune_attempts(self._house.ledger, after, upto, before)

    def _count_sessions(self, after: int, upto: int, before: datetime) -> int:
        old = pruning.old_sessions(self._house.ledger, after, upto, before)
        found = sum(at_rest for _, at_rest in old)
        self.found["kept"] += len(old) - found
        return found

    def _forget_sessions(self, after: int, upto: int, before: datetime) -> int:
        """Looks again in the transaction: a session may have got going meanwhile."""
        old = pruning.old_sessions(self._house.ledger, after, upto, before)
        forgotten = [identifier for identifier, at_rest in old if at_rest]
        if forgotten:
            erasing.erase(self._house.ledger, forgotten, ACTOR, self._now)
        return len(forgotten)


def _strides(after: int, upto: int, stride: int) -> Iterator[tuple[int, int]]:
    return ((start, min(start + stride, upto)) for start in range(after, upto, stride))


_Step = Callable[[Pruning, int, int, datetime], int]

_STEPS: dict[str, tuple[str, _Step, _Step]] = {
    "receipt": ("bodies", Pruning._count_bodies, Pruning._prune_bodies),
    "attempt": ("attempts", Pruning._count_attempts, Pruning._prune_attempts),
    "session": ("sessions", Pruning._count_sessions, Pruning._forget_sessions),
}
_ORDER = tuple(_STEPS)
