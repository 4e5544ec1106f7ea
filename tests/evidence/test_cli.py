"""The commands `receipts …`, on both databases."""

from datetime import timedelta

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from proctor_results.database.statement import Statement
from proctor_results.dependencies import Dependencies
from proctor_results.evidence.write_checkpoints import CheckpointWriter
from proctor_results.webhooks.cli import replay_command
from tests.conftest import dependencies_of
from tests.support.reports import IDENTIFIER, NOW, SAMPLE, accepted, body, record
from tests.support.upgraded_vendor import UPGRADED_VENDOR

CHANGE = Statement("UPDATE receipt SET detail = 'x' WHERE id = 2")


def call(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(args=["receipts", *words])


@pytest.fixture
def deps(app: Flask) -> Dependencies:
    """Store three receipts, of which the first has a checkpoint."""
    deps = dependencies_of(app)
    checkpoint_writer = CheckpointWriter(deps)
    for minutes, payload in enumerate((SAMPLE, SAMPLE, accepted())):
        record(deps, payload, NOW + timedelta(minutes=minutes))
        for _ in range(3 if minutes == 0 else 0):
            checkpoint_writer.step(NOW)
    return deps


def test_verify_reports_no_faults_and_what_it_has_checked(app: Flask, deps: Dependencies) -> None:
    result = call(app, "verify")

    *_, newest, newer, looked_at, last = result.stdout.splitlines()
    assert (result.exit_code, last) == (0, "no faults")
    assert newest.startswith("newest checkpoint: 1 of 2026-03-02T09:00:00.000Z, SHA-256 ")
    assert newer == "newer than that, without a checkpoint: 3"
    assert looked_at.startswith("checked 3 receipts, 1 decisions, 1 checkpoints and 1 policies in ")


def test_verify_names_what_is_wrong_and_ends_with_1(app: Flask, deps: Dependencies) -> None:
    deps.database.fetch(CHANGE)

    result = call(app, "verify")

    first, *_, last = result.stdout.splitlines()
    detail = "its identifier, headers, content_sha256, detail or replay_of was changed"
    assert (result.exit_code, last) == (1, "1 faults")
    assert first == f"receipt 2 of {IDENTIFIER}, position 2: {detail}"


def test_verify_looks_at_one_session_where_one_is_named(app: Flask, deps: Dependencies) -> None:
    record(deps, b'{"identifier": "two"}')
    deps.database.fetch(CHANGE)

    assert [call(app, "verify", each).exit_code for each in (IDENTIFIER, "two")] == [1, 0]


def test_verify_knows_when_there_is_nothing_to_look_at(app: Flask, deps: Dependencies) -> None:
    result = call(app, "verify", "unknown")

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "Error: no receipt and no decision has the identifier unknown\n"


def test_verify_escapes_control_sequences(app: Flask, deps: Dependencies) -> None:
    deps.database.fetch(
        Statement("UPDATE receipt SET identifier = :wild WHERE id = 2"), wild="\x1b[2J"
    )

    assert "receipt 2 of \\x1b[2J, position 2: " in call(app, "verify").stdout


def test_replay_says_what_has_become_of_each_kind(app: Flask, deps: Dependencies) -> None:
    record(deps, body(status="new"))

    assert call(app, "replay", "1", "3", "2", "1").stdout.splitlines() == [
        "3 duplicate",
        "3 replayed",
    ]
    assert call(app, "replay", "--unrecognised").stdout.splitlines() == [
        "1 unrecognised",
        "1 replayed",
    ]


def test_replay_takes_a_time_from_and_to(app: Flask, deps: Dependencies) -> None:
    """Store reports received at 9:00, 9:01 and 9:02."""
    spans = {
        ("--from", "2026-03-02T09:01"): "2 replayed",
        ("--to", "2026-03-02T09:01"): "1 replayed",
        ("--from", "2026-03-02T10:01:00+0100", "--to", "2026-03-02T09:02:00"): "1 replayed",
        ("--from", "2026-03-03", "--dry-run"): "0 replayed, nothing written",
    }
    assert {words: call(app, "replay", *words).stdout.splitlines()[-1] for words in spans} == spans


def test_replay_applies_what_a_vendor_can_read_by_now(app: Flask, deps: Dependencies) -> None:
    record(deps, body(status="condemned"))
    command = replay_command(deps, {"supervisor": UPGRADED_VENDOR})

    dry, wet, again = (
        CliRunner().invoke(command, ["--unrecognised", *words]).stdout.splitlines()
        for words in (["--dry-run"], ["--vendor", "supervisor"], [])
    )

    assert dry[:2] == ["receipt 4: would be applied", "1 applied"]
    assert wet == ["receipt 4: applied", "1 applied", "1 replayed"]
    assert again == ["1 duplicate", "1 replayed"]


@pytest.mark.parametrize(
    "words", [[], ["1", "--unrecognised"], ["1", "--from", "2026-03-02"], ["99"]]
)
def test_replay_says_what_it_needs(app: Flask, deps: Dependencies, words: list[str]) -> None:
    result = call(app, "replay", *words)

    assert result.exit_code in (1, 2)
    assert ("say which" in result.stderr) == (words != ["99"])
