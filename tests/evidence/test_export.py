"""`receipts export`: a bundle can be checked without our software and our database."""

import hashlib
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from proctor_results.database.statement import Statement
from proctor_results.dependencies import Dependencies
from proctor_results.evidence.write_checkpoints import INTERVAL, CheckpointWriter
from proctor_results.operations.operator_actions import Attribution, act
from proctor_results.sessions.enums import OperatorAction
from tests.conftest import dependencies_of
from tests.support.reports import IDENTIFIER, NOW, SAMPLE, accepted, body, record

PAYLOADS = [SAMPLE, body(identifier="two"), accepted(comment="fine <b>`"), SAMPLE]


@pytest.fixture
def deps(app: Flask) -> Dependencies:
    """Record three receipts, two checkpoints, an operator's decision, and another session."""
    deps = dependencies_of(app)
    checkpoint_writer = CheckpointWriter(deps)
    for minutes, payload in enumerate(PAYLOADS):
        record(deps, payload, NOW + timedelta(minutes=minutes))
        for _ in range(3 if minutes in (1, 2) else 0):
            checkpoint_writer.step(NOW + minutes * INTERVAL)
    act(
        deps,
        IDENTIFIER,
        OperatorAction.HOLD,
        Attribution(actor="exam office", reason="identity"),
        NOW + timedelta(minutes=9),
    )
    return deps


def export(app: Flask, path: Path, identifier: str = IDENTIFIER) -> Result:
    return app.test_cli_runner().invoke(args=["receipts", "export", identifier, "--out", str(path)])


@pytest.fixture
def bundle(app: Flask, deps: Dependencies, tmp_path: Path) -> Path:
    """Export a session, and return the unpacked folder."""
    result = export(app, tmp_path / "evidence.zip")
    assert (result.exit_code, result.stderr) == (0, "")
    with zipfile.ZipFile(tmp_path / "evidence.zip") as archive:
        archive.extractall(tmp_path)
    return tmp_path / f"evidence-{IDENTIFIER}"


def sums(bundle: Path) -> int:
    return subprocess.run(
        ["sha256sum", "--quiet", "-c", "SHA256SUMS"], cwd=bundle, capture_output=True
    ).returncode  # of coreutils


def verified(bundle: Path) -> tuple[int, list[str]]:
    """Run the script without environment and packages; return exit code and output."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "verify.py"],
        cwd=bundle,
        env={},
        capture_output=True,
        text=True,
    )
    assert done.stderr == ""
    return done.returncode, done.stdout.splitlines()


def test_it_can_be_checked_with_sha256sum_and_with_its_own_script(bundle: Path) -> None:
    code, output = verified(bundle)

    assert (sums(bundle), code, output[-1]) == (0, 0, "no faults")
    assert output[0] == "3 receipts, 2 decisions, 2 checkpoints"


def test_it_contains_the_original_requests_and_no_data_of_other_sessions(bundle: Path) -> None:
    requests = {path.name: path.read_bytes() for path in (bundle / "requests").iterdir()}

    assert requests == {
        "receipt-1.txt": SAMPLE,
        "receipt-3.txt": PAYLOADS[2],
        "receipt-4.txt": SAMPLE,
    }


def test_the_digest_of_a_checkpoint_is_that_of_its_file(bundle: Path, deps: Dependencies) -> None:
    kept = deps.database.fetch(Statement("SELECT id, manifest_sha256 FROM checkpoint"))

    files = {path.stem: path.read_bytes() for path in (bundle / "checkpoints").iterdir()}
    assert {
        int(name): hashlib.sha256(content).hexdigest() for name, content in files.items()
    } == dict(kept)


def test_its_readme_describes_what_happened_in_plain_words(bundle: Path) -> None:
    readme = (bundle / "README.md").read_text()

    assert (
        "- 2026-03-02T09:00:00.000Z: request 1 arrived from `supervisor` "
        "(`requests/receipt-1.txt`): applied" in readme
    )
    assert (
        "**outcome pending → accepted**, because of request 3. Reasons: accepted by proctor "
        "proctor-1: fine" in readme
    )
    assert "**manual hold opened**, by exam office: identity." in readme
    assert "<b>" not in readme


def test_it_contains_the_policy_that_was_applied(bundle: Path, deps: Dependencies) -> None:
    assert (bundle / "policies" / f"{deps.policy.sha256}.toml").read_text() == deps.policy.text


@pytest.mark.parametrize(
    "name", ["requests/receipt-3.txt", "receipts.json", "decisions.json", "checkpoints/2.txt"]
)
def test_one_flipped_byte_is_found_by_both(bundle: Path, name: str) -> None:
    content = bytearray((bundle / name).read_bytes())
    content[content.index(b"accepted") if b"accepted" in content else -2] ^= 1
    (bundle / name).write_bytes(content)

    assert sums(bundle) != 0
    assert verified(bundle) == (1, [f"{name} was changed", "1 faults"])


def change_rows(
    bundle: Path, name: str, change: Callable[[list[dict[str, object]]], object]
) -> None:
    """Change a file as an intruder does who also updates SHA256SUMS."""
    path = bundle / name
    rows = json.loads(path.read_text())
    change(rows)
    path.write_text(json.dumps(rows))
    lines = (line.split("  ") for line in (bundle / "SHA256SUMS").read_text().splitlines())
    fitting = [
        f"{hashlib.sha256((bundle / each).read_bytes()).hexdigest()}  {each}\n" for _, each in lines
    ]
    (bundle / "SHA256SUMS").write_text("".join(fitting))


TAMPERED: dict[str, tuple[str, Callable[[list[dict[str, object]]], object]]] = {
    "a verdict": ("receipts.json", lambda rows: rows[2].update(result="applied")),
    "a header": ("receipts.json", lambda rows: rows[1].update(headers="{}  ")),
    "a receipt left out": ("receipts.json", lambda rows: rows.pop(1)),
    "two receipts swapped": ("receipts.json", lambda rows: rows.reverse()),
    "an outcome": ("decisions.json", lambda rows: rows[0].update(outcome="rejected")),
    "a reason": ("decisions.json", lambda rows: rows[0].update(reasons="[]")),
    "a policy": ("decisions.json", lambda rows: rows[0].update(policy_sha256="0" * 64)),
    "a checkpoint's digest": (
        "checkpoints.json",
        lambda rows: rows[0].update(manifest_sha256="0" * 64),
    ),
}


@pytest.mark.parametrize(("name", "change"), TAMPERED.values(), ids=TAMPERED.keys())
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_script_finds_changes_even_if_the_sums_fit(
    bundle: Path, name: str, change: Callable[[list[dict[str, object]]], object]
) -> None:
    change_rows(bundle, name, change)

    assert (sums(bundle), verified(bundle)[0]) == (0, 1)


def test_what_was_pruned_is_left_out_and_the_rest_still_verifies(
    app: Flask, deps: Dependencies, tmp_path: Path
) -> None:
    empty = "X''" if deps.database.is_sqlite else "CAST('' AS bytea)"
    deps.database.fetch(
        Statement(f"UPDATE receipt SET pruned_at = 1, body = {empty} WHERE id = 1")
    )  # ours

    assert export(app, tmp_path / "evidence.zip").exit_code == 0
    zipfile.ZipFile(tmp_path / "evidence.zip").extractall(tmp_path)
    assert verified(tmp_path / f"evidence-{IDENTIFIER}")[0] == 0


def test_changed_rows_are_exported_as_they_are_and_reported(
    app: Flask, deps: Dependencies, tmp_path: Path
) -> None:
    deps.database.fetch(Statement("UPDATE receipt SET result = 'stale' WHERE id = 1"))

    result = export(app, tmp_path / "evidence.zip")
    zipfile.ZipFile(tmp_path / "evidence.zip").extractall(tmp_path)

    assert (result.exit_code, "receipt 1 of " in result.stdout) == (1, True)
    assert verified(tmp_path / f"evidence-{IDENTIFIER}")[0] == 1


def test_nothing_is_written_over_and_nothing_half(
    app: Flask, deps: Dependencies, tmp_path: Path
) -> None:
    (tmp_path / "kept.zip").write_bytes(b"kept")

    assert export(app, tmp_path / "kept.zip").exit_code == 1
    assert export(app, tmp_path / "no" / "folder.zip").exit_code == 1
    assert export(app, tmp_path / "unknown.zip", "unknown").exit_code == 1
    assert [(path.name, path.read_bytes()) for path in tmp_path.glob("*.zip*")] == [
        ("kept.zip", b"kept")
    ]
