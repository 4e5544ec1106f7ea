"""Log lines are never lost by waiting, and never hold up those who write them."""

import subprocess
import sys

import pytest

from proctor_results.log_lines import MOST_WAITING, Lines

TALKS_AND_ENDS = """
from proctor_results.log_lines import LINES
LINES.in_background()
for number in range(1000):
    LINES.info(f"line {number}")
"""


def test_a_line_is_written_at_once(capfd: pytest.CaptureFixture[str]) -> None:
    Lines().info("here")
    assert capfd.readouterr().err == "here\n"


def test_what_waits_is_written_when_the_process_ends() -> None:
    command = [sys.executable, "-c", TALKS_AND_ENDS]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603  # our own arguments
    assert ended.stderr.splitlines() == [f"line {number}" for number in range(1000)]


def test_a_log_that_nobody_reads_holds_up_nobody() -> None:
    lines = Lines()
    lines.in_background()
    for number in range(MOST_WAITING * 2):
        lines.info(str(number))
    lines.write_out()
