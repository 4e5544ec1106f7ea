"""Where load comes from: wrk where it is installed, else a generator of our own."""

import shutil

from bench.load import asyncio_load, wrk
from bench.load.base import LoadGenerator

LOAD_GENERATORS: dict[str, LoadGenerator] = {"wrk": wrk.send, "asyncio": asyncio_load.send}


def best_load_generator() -> str:
    """The name of the load to take: our own generator is slower, and takes CPU from what it
    measures.
    """
    return "wrk" if shutil.which("wrk") else "asyncio"
