"""Log lines are never lost by waiting, and never hold up those who write them."""

import subprocess
import sys

import pytest

from proctor_results.logs.log_writer import MOST_WAITING, LogWriter

TALKS_AND_ENDS = """
from proctor_results.logs.log_writer import LINES
LINES.in_background()
for number in range(1000):
    LINES.info(f"line {number}")
"""


def test_a_line_is_written_at_once(capfd: pytest.CaptureFixture[str]) -> None:
    LogWriter().info("here")
    assert capfd.readouterr().err == "here\n"


def test_what_waits_is_written_when_the_process_ends() -> None:
    command = [sys.executable, "-c", TALKS_AND_ENDS]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)  # our own arguments
    assert ended.stderr.splitlines() == [f"line {number}" for number in range(1000)]


def test_a_log_that_nobody_reads_holds_up_nobody() -> None:
    lines = LogWriter()
    lines.start_background()
    for number in range(MOST_WAITING * 2):
        lines.info(str(number))
    lines.flush()
