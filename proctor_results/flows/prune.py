"""What is old is let go: bodies of receipts, attempts, and at last whole sessions, of which the digests stay."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from proctor_results.flows.house import House
from proctor_results.store import erasing, pruning
from proctor_results.store.ledger import Ledger

ACTOR = "flask prune"
STRIDE = 500
AT_ONCE = 20
"""So many sessions are forgotten in one transaction: on SQLite everybody else waits for it."""

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
                for after, upto in _strides(self._last[table]):
                    _STEPS[table](self, after, upto, self._now - age, rest)
                    done(upto - after)

    def _age(self, table: str) -> timedelta | None:
        return {"receipt": self._ages.bodies, "attempt": self._ages.attempts, "session": self._ages.sessions}[table]

    def _bodies(self, after: int, upto: int, before: datetime, rest: Callable[[], object]) -> None:
        self._in_one("bodies", pruning.count_bodies, pruning.prune_bodies, (after, upto, before), rest)

    def _attempts(self, after: int, upto: int, before: datetime, rest: Callable[[], object]) -> None:
        self._in_one("attempts", pruning.count_attempts, pruning.prune_attempts, (after, upto, before), rest)

    def _in_one(
        self,
        what: str,
        count: Callable[[Ledger, int, int, datetime], int],
        prune: Callable[[Ledger, int, int, datetime, datetime], int],
        old: tuple[int, int, datetime],
        rest: Callable[[], object],
    ) -> None:
        found = count(self._house.ledger, *old)
        if found and not self._dry:
            with self._house.ledger.transaction():
                found = prune(self._house.ledger, *old, self._now)
            rest()
        self.found[what] += found

    def _sessions(self, after: int, upto: int, before: datetime, rest: Callable[[], object]) -> None:
        ledger = self._house.ledger
        self.found["kept"] += pruning.count_kept(ledger, after, upto, before)
        if self._dry:
            self.found["sessions"] += len(pruning.old_sessions(ledger, after, upto, before))
            return
        while self._forgotten(after, upto, before):
            rest()

    def _forgotten(self, after: int, upto: int, before: datetime) -> int:
        """Looks again in the transaction: a session may have got going meanwhile."""
        with self._house.ledger.transaction():
            old = pruning.old_sessions(self._house.ledger, after, upto, before)[:AT_ONCE]
            for identifier in old:
                erasing.erase(self._house.ledger, identifier, ACTOR, self._now)
        self.found["sessions"] += len(old)
        return len(old)


def _strides(last: int) -> Iterator[tuple[int, int]]:
    return ((after, min(after + STRIDE, last)) for after in range(0, last, STRIDE))


_STEPS = {"receipt": Pruning._bodies, "attempt": Pruning._attempts, "session": Pruning._sessions}
_ORDER = tuple(_STEPS)
