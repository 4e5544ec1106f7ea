"""Under which conditions a row is measured."""

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from bench.load.base import LoadGenerator

FULL_SESSION_COUNT = 1_000_000


def print_progress(line: str) -> None:
    """Report progress, so that long work does not look like none."""
    print(f"  {line}", file=sys.stderr, flush=True)


def _no_full_database() -> str:
    raise RuntimeError("these conditions have no full database")


@dataclass(frozen=True, kw_only=True)
class Conditions:
    """`fresh` opens the URL of an empty database with our tables; `load` sends requests for whole
    `seconds`.

    `full` is the address of one that has `MANY` sessions. It is filled when it is first asked for,
    and shared.
    """

    new_database: Callable[[], AbstractContextManager[str]]
    folder: Path
    load_generator: LoadGenerator
    full_database: Callable[[], str] = _no_full_database
    rounds: int = 5
    seconds: int = 4
    warm_up: int = 2
    report_progress: Callable[[str], None] = print_progress
