"""Lets the clock on the wall of a process be set wrong from outside: Python imports this before
anything else.

The file that SOAK_CLOCK names holds by how many seconds, as one double; without the variable
nothing is done.
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
