"""Load generators: wrk where it is installed, else our own."""

import shutil

from bench.load import asyncio_load, wrk
from bench.load.base import LoadGenerator

LOAD_GENERATORS: dict[str, LoadGenerator] = {"wrk": wrk.send, "asyncio": asyncio_load.send}


def best_load_generator() -> str:
    """Return the name of the best generator: our own is slower, and takes CPU from the service."""
    return "wrk" if shutil.which("wrk") else "asyncio"
