"""Runs one of our programs on a shifted clock, and ends it at a given point.

`python -m tests.faults.support.run_program --clock FILE [--kill-at POINT --occurrence 3 --signal
SIGKILL] flask --app wsgi worker`
"""

import argparse
import runpy
import signal
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from proctor_results import clock
from tests.faults.support.kill_at_point import KillSwitch, install
from tests.faults.support.kill_points import POINTS


def main(arguments: Sequence[str]) -> None:
    """Become the program. The processes that it forks are instrumented too."""
    options = _PARSER.parse_args(arguments)
    set_clock_from_file(options.clock)
    if options.kill_at:
        number = signal.Signals[options.signal]
        install(KillSwitch(POINTS[options.kill_at], options.occurrence, number))
    sys.argv = options.program
    runpy.run_module(options.program[0], run_name="__main__", alter_sys=True)


def set_clock_from_file(clock_file: Path) -> None:
    """Shift the clock by the seconds in that file."""

    def now() -> datetime:
        return datetime.now(UTC) + timedelta(seconds=float(clock_file.read_text()))

    clock.now = now


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser()
    parser.add_argument("--clock", type=Path, required=True)
    parser.add_argument("--kill-at", choices=POINTS)
    parser.add_argument("--occurrence", type=int, default=1)
    parser.add_argument("--signal", default="SIGKILL")
    parser.add_argument("program", nargs=argparse.REMAINDER)
    return parser


_PARSER = _parser()

if __name__ == "__main__":
    main(sys.argv[1:])
