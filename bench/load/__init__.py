"""Where load comes from: wrk where it is installed, else a generator of our own."""

import shutil

from bench.load import aio, wrk
from bench.load.plan import Load

LOADS: dict[str, Load] = {"wrk": wrk.send, "asyncio": aio.send}


def best() -> str:
    """The name of the load to take: our own generator is slower, and takes CPU from what it measures."""
    return "wrk" if shutil.which("wrk") else "asyncio"
