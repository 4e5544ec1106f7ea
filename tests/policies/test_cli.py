"""The commands `policy …`."""

import json
from pathlib import Path

import pytest
from flask import Flask

from proctor_results.database.connect import connect
from proctor_results.dependencies import Dependencies
from proctor_results.policies.load import default_policy, parse_policy
from tests.cli.test_commands import call, lines
from tests.support.reports import body, record

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

RANGE = "Must be greater than or equal to 0 and less than or equal to 100."

WORDS = """\
Every exam without a section of its own:
  a sitting that was not started in time is not locked
  a finished sitting with a score of 95 or more is accepted without a human, unless it is held
  someone-else  holds when the average of c4 is 20 or more
  low-score     flags when the score (not counting n1) is below 40
  live          flags when the score (not counting n1) is below the vendor's threshold \
in 3 of the last 5 live events
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


def test_policy_check_describes_a_policy_in_words(app: Flask, tmp_path: Path) -> None:
    file = written(tmp_path, POLICY)

    *words, last = lines(app, "policy", "check", file)

    assert words == WORDS.splitlines()
    assert last == f"{file} is valid; SHA-256 {parse_policy(POLICY).sha256}"


def test_policy_check_names_every_error_with_its_place(app: Flask, tmp_path: Path) -> None:
    file = written(tmp_path, 'hold_skipped = "yes"\n\nauto_accept_score = 101\n')

    result = call(app, "policy", "check", file)

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.splitlines() == [
        f"{file}: auto_accept_score: {RANGE}",
        f"{file}: hold_skipped: Not a valid boolean.",
    ]


def test_policy_check_says_that_an_empty_policy_does_nothing(app: Flask, tmp_path: Path) -> None:
    assert "  no rule holds or flags anything" in lines(
        app, "policy", "check", written(tmp_path, "")
    )


def test_policy_check_reads_standard_input(app: Flask) -> None:
    result = app.test_cli_runner().invoke(args=["policy", "check", "-"], input="hold_skipped = 3\n")

    assert (result.exit_code, result.stderr) == (
        1,
        "<stdin>: hold_skipped: Not a valid boolean.\n",
    )


def test_a_file_that_is_no_text_is_one_line(app: Flask, tmp_path: Path) -> None:
    (tmp_path / "policy.toml").write_bytes(b"\xff\xfe")

    result = call(app, "policy", "check", str(tmp_path / "policy.toml"))

    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert "is not UTF-8" in result.stderr


STRICTER = """
[[rules]]
name = "someone-else"
average = { metric = "c4", at_least = 20 }
action = "hold"
[[rules]]
name = "noise"
average = { metric = "m2", at_least = 50 }
action = "hold"
"""


@pytest.fixture
def stored(tmp_path: Path, sqlite_with_tables: Path) -> Path:
    """Store a session that the built-in policy holds, and two that it does not."""
    path = tmp_path / "none.db"
    path.write_bytes(sqlite_with_tables.read_bytes())
    deps = Dependencies(database=connect(f"sqlite:///{path}"), policy=default_policy())
    for name, averages in (("held", {"c4": 45}), ("noisy", {"m2": 60}), ("quiet", {"m2": 1})):
        record(deps, body(identifier=name, averages=averages))
    deps.database.close()
    return path


def test_policy_test_shows_what_would_have_been_different_and_writes_nothing(
    app: Flask, tmp_path: Path, stored: Path
) -> None:
    before = stored.read_bytes()

    output = lines(app, "policy", "test", written(tmp_path, STRICTER))

    assert output == [
        "noisy",
        "  opened   none -> violation",
        "  rules    none -> noise",
        "  because  noise: average of m2 is 60, allowed below 50 (value 60, limit 50)",
        "3 evaluated, 1 would differ (outcome 0, holds opened 1, rules fired 1)",
    ]
    assert stored.read_bytes() == before


def test_policy_test_of_the_policy_at_work_shows_no_difference(
    app: Flask, tmp_path: Path, stored: Path
) -> None:
    output = lines(app, "policy", "test", written(tmp_path, default_policy().text))

    assert output == ["3 evaluated, 0 would differ (outcome 0, holds opened 0, rules fired 0)"]


def test_policy_test_prints_json_and_limits_its_output(
    app: Flask, tmp_path: Path, stored: Path
) -> None:
    file = written(tmp_path, "auto_accept_score = 10")

    result = call(app, "policy", "test", file, "--json", "--limit", "1")

    (line,) = result.stdout.splitlines()
    lines_shown = json.loads(line)
    assert (
        lines_shown["identifier"],
        lines_shown["before"]["outcome"],
        lines_shown["after"]["outcome"],
    ) == (
        "held",
        "pending",
        "accepted",
    )
    assert result.stderr.splitlines()[-1].endswith("; 1 are shown, see --limit")


def test_policy_test_of_one_exam_leaves_the_others_out(
    app: Flask, tmp_path: Path, stored: Path
) -> None:
    output = lines(app, "policy", "test", written(tmp_path, STRICTER), "--exam", "final")

    assert output[-1].startswith("0 evaluated")
