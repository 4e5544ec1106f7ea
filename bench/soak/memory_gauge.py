"""Measures the memory of each process after its first minute and in the end."""

import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field

import psutil  # type: ignore[import-untyped]  # ships no types

from bench.soak.program import Program

FIRST_MINUTE = 60.0
ALLOWED_GROWTH = 0.10
MEGABYTE = 1_000_000


@dataclass(kw_only=True)
class ProcessMemory:
    """One process: its memory in bytes now, and at the end of its first minute."""

    program: str
    started_at: float
    current_bytes: int = 0
    first_minute_bytes: int | None = None
    measured_at: float = 0

    @property
    def growth(self) -> float | None:
        """Return 0.1 for 10 % growth since the first minute; None for a shorter life."""
        return (
            None
            if self.first_minute_bytes is None
            else self.current_bytes / self.first_minute_bytes - 1
        )

    @property
    def summary(self) -> str:
        """`web: 71.2 MB after the first minute, 73.0 MB after 541 s, +2.5 %`"""
        age_seconds = self.measured_at - self.started_at
        current = f"{self.current_bytes / MEGABYTE:.1f} MB after {age_seconds:.0f} s"
        if self.first_minute_bytes is None or self.growth is None:
            return f"{self.program}: {current}; lived less than a minute"
        return (
            f"{self.program}: {self.first_minute_bytes / MEGABYTE:.1f} MB after the first minute, "
            f"{current}, {self.growth:+.1%}"
        )


@dataclass
class MemoryGauge:
    """Measures processes on each call. A process that replaces a killed one starts anew."""

    processes: dict[int, ProcessMemory] = field(default_factory=dict)

    def measure(self, programs: Iterable[Program]) -> None:
        """Record the memory of each process."""
        for program in programs:
            for process in program.processes:
                with suppress(psutil.NoSuchProcess):
                    self._record(
                        program.name, process.pid, process.create_time(), process.memory_info().rss
                    )

    def _record(self, program: str, pid: int, started_at: float, memory: int) -> None:
        now = time.time()
        process_memory = self.processes.setdefault(
            pid, ProcessMemory(program=program, started_at=started_at)
        )
        process_memory.current_bytes, process_memory.measured_at = memory, now
        if process_memory.first_minute_bytes is None and now - started_at >= FIRST_MINUTE:
            process_memory.first_minute_bytes = memory

    def running(self, programs: Iterable[Program]) -> list[ProcessMemory]:
        """Return the processes that run now."""
        pids = [process.pid for program in programs for process in program.processes]
        return [self.processes[pid] for pid in pids if pid in self.processes]

    @property
    def grown(self) -> list[ProcessMemory]:
        """Return the processes that have grown too much since their first minute."""
        return [
            process_memory
            for process_memory in self.processes.values()
            if process_memory.growth is not None and process_memory.growth > ALLOWED_GROWTH
        ]
