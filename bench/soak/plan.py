"""What a run is to be: how long, how much, and which faults when; the same again with the same seed."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from random import Random

from bench.soak.faults import FAULTS

SPARED_FROM = 0.6
"""From here on, as a share of the whole, no process is made to end: what leaks needs time to show."""


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A fault by name, how many seconds after the beginning it comes, and how many it lasts."""

    name: str
    at: float
    lasts: float


@dataclass(frozen=True, kw_only=True)
class Plan:
    """`webhooks` and `heartbeats` are rates per second; `rhythm` is how often a page beats and the grace, in seconds.

    `kinds` are the faults that may come; without any named, all. `calm` is for how long nothing is broken, `broken` for
    how long something is; these and how long learners stay are bounds in seconds.
    """

    database: str
    seconds: float
    seed: int
    webhooks: float = 50
    heartbeats: float = 500
    rhythm: tuple[int, int] = (5, 15)
    stays: tuple[float, float] = (60, 240)
    calm: tuple[float, float] = (4, 10)
    broken: tuple[float, float] = (1, 8)
    kinds: Collection[str] = ()

    @property
    def seats(self) -> int:
        """So many learners make so many heartbeats."""
        return round(self.heartbeats * self.rhythm[0])

    def faults(self) -> Iterator[Planned]:
        """As many as there is time for. All kinds come once before one comes again."""
        random, moment = Random(self.seed), 0.0  # noqa: S311  # no secret
        hand: list[str] = []
        while moment < self.seconds:
            hand = hand or self._shuffled(random)
            name, at, lasts = hand.pop(), moment + random.uniform(*self.calm), random.uniform(*self.broken)
            moment = at + lasts
            if moment < self.seconds * (SPARED_FROM if FAULTS[name].ends else 1):
                yield Planned(name=name, at=at, lasts=lasts)

    def _shuffled(self, random: Random) -> list[str]:
        names = [name for name in self.kinds or FAULTS if self.database in FAULTS[name].databases]
        random.shuffle(names)
        return names
