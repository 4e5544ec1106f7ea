"""Measures how much memory each process needs, after its first minute and in the end."""

import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field

import psutil  # type: ignore[import-untyped]  # ships no types

from bench.soak.program import Program

FIRST_MINUTE = 60.0
GROWTH = 0.10
MEGABYTE = 1_000_000


@dataclass(kw_only=True)
class Life:
    """One process of a program: its memory in bytes now, and at the end of its first minute."""

    program: str
    began: float
    now: int = 0
    first: int | None = None
    seen: float = 0

    @property
    def growth(self) -> float | None:
        """0.1 for 10 % more than after the first minute; None where it did not live that long."""
        return None if self.first is None else self.now / self.first - 1

    @property
    def line(self) -> str:
        """`web: 71.2 MB after the first minute, 73.0 MB after 541 s, +2.5 %`"""
        end = f"{self.now / MEGABYTE:.1f} MB after {self.seen - self.began:.0f} s"
        if self.first is None or self.growth is None:
            return f"{self.program}: {end}; lived less than a minute"
        return f"{self.program}: {self.first / MEGABYTE:.1f} MB after the first minute, {end}, {self.growth:+.1%}"


@dataclass
class Gauge:
    """Looks at processes whenever it is asked to; whoever is killed and replaced has a first minute of their own."""

    lives: dict[int, Life] = field(default_factory=dict)

    def look(self, programs: Iterable[Program]) -> None:
        """Notes what each of them needs at this moment."""
        for program in programs:
            for process in program.processes:
                with suppress(psutil.NoSuchProcess):
                    self._note(program.name, process.pid, process.create_time(), process.memory_info().rss)

    def _note(self, program: str, pid: int, began: float, memory: int) -> None:
        now = time.time()
        life = self.lives.setdefault(pid, Life(program=program, began=began))
        life.now, life.seen = memory, now
        if life.first is None and now - began >= FIRST_MINUTE:
            life.first = memory

    def alive(self, programs: Iterable[Program]) -> list[Life]:
        """The lives of those that run now."""
        pids = [process.pid for program in programs for process in program.processes]
        return [self.lives[pid] for pid in pids if pid in self.lives]

    @property
    def grown(self) -> list[Life]:
        """Whoever needs too much more in the end than after the first minute."""
        return [life for life in self.lives.values() if life.growth is not None and life.growth > GROWTH]
