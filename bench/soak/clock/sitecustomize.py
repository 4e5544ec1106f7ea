"""Shifts the wall clock of a process from outside: Python imports this module first.

The file named by SOAK_CLOCK holds the shift in seconds, as one double.
"""

import mmap
import os
import struct
from datetime import UTC, datetime, timedelta


def _shift_clock(path: str) -> None:
    from proctor_results import clock

    with open(path, "rb") as file:  # noqa: PTH123  # pathlib would make every process of the soak start slower
        offset_bytes = mmap.mmap(file.fileno(), 8, access=mmap.ACCESS_READ)

    def now() -> datetime:
        return datetime.now(UTC) + timedelta(seconds=struct.unpack("d", offset_bytes[:8])[0])

    clock.now = now


if "SOAK_CLOCK" in os.environ:
    _shift_clock(os.environ["SOAK_CLOCK"])
