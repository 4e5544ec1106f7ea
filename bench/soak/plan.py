"""The plan of a run: how long, how much load, which faults when; the same for the same seed."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from random import Random

from bench.soak.faults import FAULTS

NO_RESTARTS_AFTER = 0.6
"""After this share of the time no process is ended: a leak needs time to show."""


@dataclass(frozen=True, kw_only=True)
class PlannedFault:
    """A fault by name, with its start after the beginning and its duration in seconds."""

    name: str
    starts_after: float
    duration: float


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Rates are per second; `heartbeat_config` is interval and grace in seconds.

    `fault_names` are the faults that may happen, by default all. `pause_seconds`, `fault_seconds`
    and `sitting_seconds` are bounds.
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
        """The number of learners that send that many heartbeats."""
        return round(self.heartbeats * self.heartbeat_config[0])

    def faults(self) -> Iterator[PlannedFault]:
        """Yield as many as there is time for. All kinds happen once before one happens again."""
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
