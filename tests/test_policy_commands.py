"""`policy …` as a person calls them."""

from pathlib import Path

import pytest
from flask import Flask

from proctor_results.policy_file import parse
from tests.test_commands import call, lines

POLICY = """
auto_accept_score = 95
[[rules]]
name = "someone-else"
average = { metric = "c4", at_least = 20 }
action = "hold"
[[rules]]
name = "low-score"
score = { below = 40, ignoring = ["n1"] }
action = "flag"
[[rules]]
name = "live"
live = { ignoring = ["n1"], times = 3, of_last = 5 }
action = "flag"
[exams.final]
hold_skipped = true
[[exams.final.rules]]
name = "live"
live = { metric = "c3", at_least = 60 }
action = "hold"
"""

WORDS = """\
Every exam without a section of its own:
  a sitting that was not started in time is not locked
  a finished sitting with a score of 95 or more is accepted without a human, unless it is held
  someone-else  holds when the average of c4 is 20 or more
  low-score     flags when the score (not counting n1) is below 40
  live          flags when the score (not counting n1) is below the vendor's threshold in 3 of the last 5 live events
Exam final:
  a sitting that was not started in time is locked
  a finished sitting with a score of 95 or more is accepted without a human, unless it is held
  someone-else  holds when the average of c4 is 20 or more
  low-score     flags when the score (not counting n1) is below 40
  live          holds when c3, weighted, is 60 or more in a live event
"""


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """A file is read without a database."""
    return f"sqlite:///{tmp_path / 'none.db'}"


def written(folder: Path, text: str) -> str:
    (folder / "policy.toml").write_text(text)
    return str(folder / "policy.toml")


def test_policy_check_says_in_words_what_a_policy_does(app: Flask, tmp_path: Path) -> None:
    file = written(tmp_path, POLICY)

    *words, last = lines(app, "policy", "check", file)

    assert words == WORDS.splitlines()
    assert last == f"{file} is right; SHA-256 {parse(POLICY).sha256}"


def test_policy_check_names_every_fault_with_its_line(app: Flask, tmp_path: Path) -> None:
    file = written(tmp_path, 'hold_skipped = "yes"\n\nauto_accept_score = 101\n')

    result = call(app, "policy", "check", file)

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.splitlines() == [
        f"{file}: line 1: hold_skipped: Not a valid boolean.",
        f"{file}: line 3: auto_accept_score: Must be greater than or equal to 0 and less than or equal to 100.",
    ]


def test_policy_check_says_that_an_empty_policy_does_nothing(app: Flask, tmp_path: Path) -> None:
    assert "  no rule holds or flags anything" in lines(app, "policy", "check", written(tmp_path, ""))


def test_policy_check_reads_standard_input(app: Flask) -> None:
    result = app.test_cli_runner().invoke(args=["policy", "check", "-"], input="hold_skipped = 3\n")

    assert (result.exit_code, result.stderr) == (1, "<stdin>: line 1: hold_skipped: Not a valid boolean.\n")


def test_a_file_that_is_no_text_is_one_line(app: Flask, tmp_path: Path) -> None:
    (tmp_path / "policy.toml").write_bytes(b"\xff\xfe")

    result = call(app, "policy", "check", str(tmp_path / "policy.toml"))

    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert "is not UTF-8" in result.stderr
