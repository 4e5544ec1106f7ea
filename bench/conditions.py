"""The conditions under which a benchmark is measured."""

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from bench.load.base import LoadGenerator

FULL_SESSION_COUNT = 1_000_000


def print_progress(line: str) -> None:
    """Print progress, so that a long run does not look stuck."""
    print(f"  {line}", file=sys.stderr, flush=True)


def _no_full_database() -> str:
    raise RuntimeError("these conditions have no full database")


@dataclass(frozen=True, kw_only=True)
class Conditions:
    """`new_database` opens an empty database with our tables.

    `full_database` returns the address of one with a million sessions, which is filled on the first
    call and shared. `load_generator` sends requests for whole `seconds`.
    """

    new_database: Callable[[], AbstractContextManager[str]]
    folder: Path
    load_generator: LoadGenerator
    full_database: Callable[[], str] = _no_full_database
    rounds: int = 5
    seconds: int = 4
    warm_up: int = 2
    report_progress: Callable[[str], None] = print_progress
