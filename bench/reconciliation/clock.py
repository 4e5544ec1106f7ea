"""What a clock that was set back and forward said, and when."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime


@dataclass
class Clock:
    """The service's clock, against the sender's monotonic one: from each moment on it went by so many seconds wrong.

    `origin` is what the right time was when the monotonic clock said 0, in seconds since 1970.
    """

    origin: float = 0.0
    shifts: list[tuple[float, float]] = field(default_factory=lambda: [(float("-inf"), 0.0)])

    def shift(self, moment: float, seconds: float) -> None:
        """From that moment on it goes by `seconds` wrong."""
        self.shifts.append((moment, seconds))

    def moments(self, said: datetime) -> Sequence[float]:
        """When it can have said that: several times, if it was set back over it."""
        ends = [moment for moment, _ in self.shifts[1:]] + [float("inf")]
        found = (
            (said.timestamp() - self.origin - seconds, begin, end)
            for (begin, seconds), end in zip(self.shifts, ends, strict=True)
        )
        return [moment for moment, begin, end in found if begin - _SLACK <= moment < end + _SLACK]


_SLACK = 0.5
"""Seconds; processes read a shifted clock a little before or after it was written down."""
