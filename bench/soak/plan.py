"""What a run is to be: how long, how much, and which faults when; the same again with the same
seed.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from random import Random

from bench.soak.faults import FAULTS

NO_RESTARTS_AFTER = 0.6
"""From here on, as a share of the whole, no process is made to end: what leaks needs time to show.
"""


@dataclass(frozen=True, kw_only=True)
class PlannedFault:
    """A fault by name, how many seconds after the beginning it comes, and how many it lasts."""

    name: str
    starts_after: float
    duration: float


@dataclass(frozen=True, kw_only=True)
class Plan:
    """`webhooks` and `heartbeats` are rates per second; `heartbeat_config` is interval and grace
    period in seconds.

    `kinds` are the faults that may come; without any named, all. `calm` is for how long nothing is
    broken, `broken` for how long something is; these and how long learners stay are bounds in
    seconds.
    """

    database: str
    seconds: float
    seed: int
    webhooks: float = 50
    heartbeats: float = 500
    heartbeat_config: tuple[int, int] = (5, 15)
    sitting_seconds: tuple[float, float] = (60, 240)
    pause_seconds: tuple[float, float] = (4, 10)
    fault_seconds: tuple[float, float] = (1, 8)
    fault_names: Collection[str] = ()

    @property
    def learner_count(self) -> int:
        """The number of learners that send this rate of heartbeats."""
        return round(self.heartbeats * self.heartbeat_config[0])

    def faults(self) -> Iterator[PlannedFault]:
        """As many as there is time for. All kinds come once before one comes again."""
        random, elapsed = Random(self.seed), 0.0  # no secret
        remaining: list[str] = []
        while elapsed < self.seconds:
            remaining = remaining or self._shuffled(random)
            name, starts_after, duration = (
                remaining.pop(),
                elapsed + random.uniform(*self.pause_seconds),
                random.uniform(*self.fault_seconds),
            )
            elapsed = starts_after + duration
            if elapsed < self.seconds * (NO_RESTARTS_AFTER if FAULTS[name].ends_processes else 1):
                yield PlannedFault(name=name, starts_after=starts_after, duration=duration)

    def _shuffled(self, random: Random) -> list[str]:
        names = [
            name for name in self.fault_names or FAULTS if self.database in FAULTS[name].databases
        ]
        random.shuffle(names)
        return names
