"""Runs one of our programs on a clock that can be set, and ends it just where it is told to.

`python -m tests.faults.launch --clock FILE [--at POINT --passage 3 --signal SIGKILL] flask --app wsgi worker`
"""

import argparse
import runpy
import signal
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from proctor_results import clock
from tests.faults.doom import Doom, watch
from tests.faults.points import POINTS


def main(arguments: Sequence[str]) -> None:
    """Becomes the program. What it starts, it starts likewise doomed."""
    asked = _PARSER.parse_args(arguments)
    follow(asked.clock)
    if asked.at:
        watch(Doom(POINTS[asked.at], asked.passage, signal.Signals[asked.signal]))
    sys.argv = asked.program
    runpy.run_module(asked.program[0], run_name="__main__", alter_sys=True)


def follow(dial: Path) -> None:
    """The clock is ahead of the true time by the seconds that stand in that file, or behind."""

    def now() -> datetime:
        return datetime.now(UTC) + timedelta(seconds=float(dial.read_text()))

    clock.now = now


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser()
    parser.add_argument("--clock", type=Path, required=True)
    parser.add_argument("--at", choices=POINTS)
    parser.add_argument("--passage", type=int, default=1)
    parser.add_argument("--signal", default="SIGKILL")
    parser.add_argument("program", nargs=argparse.REMAINDER)
    return parser


_PARSER = _parser()

if __name__ == "__main__":
    main(sys.argv[1:])
