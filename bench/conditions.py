"""Under which conditions a row is measured."""

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from bench.load.plan import Load

MANY = 1_000_000


def say(line: str) -> None:
    """On the way, so that nobody takes long work for none."""
    print(f"  {line}", file=sys.stderr, flush=True)


def _never() -> str:
    raise RuntimeError("these conditions have no full ledger")


@dataclass(frozen=True, kw_only=True)
class Conditions:
    """`fresh` opens the address of an empty ledger with our tables; `load` sends requests for whole `seconds`.

    `full` is the address of one that has `MANY` sessions. It is filled when it is first asked for, and shared.
    """

    fresh: Callable[[], AbstractContextManager[str]]
    folder: Path
    load: Load
    full: Callable[[], str] = _never
    rounds: int = 5
    seconds: int = 4
    warm_up: int = 2
    say: Callable[[str], None] = say
