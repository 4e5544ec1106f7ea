"""Converts times of a clock that was set back and forward."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime


@dataclass
class ShiftedClock:
    """The service's clock against the sender's: the shift in seconds from each time on.

    `origin` is the true time when the monotonic clock was 0, in seconds since 1970.
    """

    origin: float = 0.0
    shifts: list[tuple[float, float]] = field(default_factory=lambda: [(float("-inf"), 0.0)])

    def shift(self, time: float, seconds: float) -> None:
        """From that time on the clock is wrong by `seconds`."""
        self.shifts.append((time, seconds))

    def possible_times(self, wall_clock_time: datetime) -> Sequence[float]:
        """Return when the clock may have shown that: several times, if it was set back over it."""
        end_times = [time for time, _ in self.shifts[1:]] + [float("inf")]
        candidates = (
            (wall_clock_time.timestamp() - self.origin - seconds, begin, end)
            for (begin, seconds), end in zip(self.shifts, end_times, strict=True)
        )
        return [
            time
            for time, begin, end in candidates
            if begin - _TOLERANCE_SECONDS <= time < end + _TOLERANCE_SECONDS
        ]


_TOLERANCE_SECONDS = 0.5
"""Seconds; processes read a shifted clock a little before or after the shift is recorded."""
