"""Log lines are written in order, at the latest at exit, and never block the thread that logs."""

import logging
import subprocess
import sys

import pytest

from proctor_results.logs.output import MAX_WAITING_LINES, LineHandler

LOGS_AND_ENDS = """
from proctor_results.logs.output import OUTPUT
OUTPUT.start_background()
for number in range(2500):
    OUTPUT.info(f"line {number}")
"""
LOGS_AND_CRASHES = LOGS_AND_ENDS + "raise SystemExit(3)"


def test_a_line_is_written_at_once(capfd: pytest.CaptureFixture[str]) -> None:
    LineHandler().info("here")
    assert capfd.readouterr().err == "here\n"


def test_a_record_of_a_library_is_written_as_it_is_formatted(
    capfd: pytest.CaptureFixture[str],
) -> None:
    handler = LineHandler()
    handler.setFormatter(logging.Formatter("%(name)s: %(message)s"))
    record = logging.LogRecord("library", logging.INFO, "", 0, "it %s", ("works",), None)

    handler.handle(record)

    assert capfd.readouterr().err == "library: it works\n"


@pytest.mark.parametrize(
    ("script", "status"), [(LOGS_AND_ENDS, 0), (LOGS_AND_CRASHES, 3)], ids=["ends", "crashes"]
)
def test_waiting_lines_are_written_when_the_process_ends(script: str, status: int) -> None:
    ended = subprocess.run(  # our own arguments
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert ended.returncode == status
    assert ended.stderr.splitlines() == [f"line {number}" for number in range(2500)]


def test_a_full_queue_drops_the_oldest_lines_and_blocks_no_thread() -> None:
    handler = LineHandler()
    handler._is_background = True  # no listener takes lines away

    for number in range(MAX_WAITING_LINES + 5):
        handler.info(str(number))

    assert handler._lines.qsize() == MAX_WAITING_LINES
    assert handler._lines.get_nowait() == "5"
