"""Under which conditions a row is measured."""

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from bench.load.plan import Load


@dataclass(frozen=True, kw_only=True)
class Conditions:
    """`fresh` opens the address of an empty ledger with our tables; `load` sends requests for whole `seconds`."""

    database: str
    fresh: Callable[[], AbstractContextManager[str]]
    folder: Path
    load: Load
    rounds: int = 5
    seconds: int = 4
    warm_up: int = 2
    say: Callable[[str], None] = field(default=lambda line: print(f"  {line}", file=sys.stderr, flush=True))
