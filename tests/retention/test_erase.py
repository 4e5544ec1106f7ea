"""After `erase` no column of any table holds personal data of the learner; both databases."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from proctor_results import clock
from proctor_results.database.connection import Database
from proctor_results.database.statement import Statement
from proctor_results.deliveries.targets.base import Gone, Unreachable
from proctor_results.dependencies import Dependencies
from proctor_results.launches.launch_session import launch_session
from proctor_results.sessions.enums import Cause
from proctor_results.worker.registration import register_worker
from tests.conftest import LMS_KEY, VENDOR_KEY, with_target
from tests.support.recording_target import RecordingTarget
from tests.support.reports import body, record
from tests.support.stepped_worker import SteppedWorker

NAME = "Жанна Ада"
IDENTIFIER = "sitting-of-zhanna"
WORDS = {
    "what the LMS calls her": NAME,
    "the identifier": IDENTIFIER,
    "where she sits": "room-of-her-own",
    "a proctor's comment": "speaks to her sister",
    "a proctor's name": "proctor-of-hers",
    "the recording": "https://video.example/hers",
    "her browser": "Browser of hers",
    "why she was locked": "her passport was asked for",
    "why she was released": "her passport was seen",
    "why she was overruled": "her appeal was granted",
    "a note": "her mother called",
    "what her browser measured": "her_metric",
    "what the LMS answered": "no seat for her",
}
QUOTING = "answered 503: no seat for her"
TABLES = Statement(
    "SELECT name FROM sqlite_master WHERE type = 'table'",
    postgresql="SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'",
)
SAID = Statement("SELECT cause, inputs FROM decision ORDER BY id")


@pytest.fixture
def deps(app: Flask, recording_target: RecordingTarget) -> Dependencies:
    return with_target(app, recording_target)


@pytest.fixture
def lived(client: FlaskClient, deps: Dependencies, recording_target: RecordingTarget) -> None:
    """Fill every table with data of one learner, and store the exam of another one."""
    register_worker(deps, "worker-1", clock.now())
    record(deps, body(identifier="another", student="otto"), clock.now())
    work(deps)
    launch_session(
        deps,
        IDENTIFIER,
        "supervisor",
        {"student": NAME, "activity": "room-of-her-own"},
        clock.now(),
    )
    for path, payload in calls():
        headers = {
            "X-Api-Key": VENDOR_KEY if path.startswith("/webhooks") else LMS_KEY,
            "User-Agent": "Browser of hers",
        }
        method = (
            "DELETE" if path.endswith("/manual") else "PUT" if path.endswith("/outcome") else "POST"
        )
        assert client.open(path, method=method, json=payload, headers=headers).status_code in (
            200,
            422,
        ), path
    recording_target.results.extend(
        [Unreachable(status=503, detail=QUOTING), Gone(status=410, detail=QUOTING)]
    )
    work(deps)


def calls() -> Iterator[tuple[str, dict[str, object]]]:
    about, by = f"/sessions/{IDENTIFIER}", {"actor": "office"}
    yield (
        f"{about}/metrics",
        {"metrics": {"her_metric": 99}, "weights": {"her_metric": 1}, "score": 90, "threshold": 50},
    )
    report = {"identifier": IDENTIFIER, "status": "rejected", "proctor": "proctor-of-hers"}
    yield (
        "/webhooks/supervisor",
        {**report, "comment": "speaks to her sister", "link": "https://video.example/hers"},
    )
    yield f"{about}/holds", {**by, "reason": "her passport was asked for"}
    yield f"{about}/holds/manual", {**by, "reason": "her passport was seen"}
    yield f"{about}/outcome", {**by, "outcome": "accepted", "reason": "her appeal was granted"}
    yield f"{about}/notes", {**by, "note": "her mother called"}
    yield "/webhooks/supervisor", {"identifier": IDENTIFIER, "score": f"good, {NAME}"}
    yield "/webhooks/supervisor", {"identifier": 7, "student": NAME}


def work(deps: Dependencies) -> None:
    steps = SteppedWorker()
    steps.take_step(deps, 2, clock.now())
    while steps.has_work:
        steps.take_step(deps, 2, clock.now())


def found(database: Database) -> set[str]:
    """Return which of the words occur in any table, in plain text or as escaped JSON."""
    tables = [name for (name,) in database.fetch(TABLES) if not name.startswith("sqlite_")]
    rows = [
        row for table in tables for row in database.fetch(Statement(f"SELECT * FROM {table}"))
    ]  # its own names
    cells = "\n".join(text(cell) for row in rows for cell in row)
    return {
        known for known, word in WORDS.items() if word in cells or json.dumps(word)[1:-1] in cells
    }


def bytes_of(folder: Path) -> str:
    """Return the bytes of the database's file and its journal."""
    return "".join(
        path.read_bytes().decode(errors="replace") for path in folder.glob("results.db*")
    )


def text(cell: object) -> str:
    return (
        bytes(cell).decode(errors="replace") if isinstance(cell, bytes | memoryview) else str(cell)
    )


def erase(app: Flask) -> None:
    result = app.test_cli_runner().invoke(
        args=["erase", "--student", NAME, "--yes", "--force", "--by", "office"]
    )
    assert result.exit_code == 0, result.output


@pytest.mark.usefixtures("lived")
def test_no_personal_data_is_left_in_any_table(app: Flask, database: Database) -> None:
    assert found(database) == WORDS.keys()

    erase(app)

    assert found(database) == set()


@pytest.mark.usefixtures("lived")
def test_what_decisions_rested_on_is_forgotten_with_the_learner_only(
    app: Flask, database: Database
) -> None:
    hers = {Cause.LAUNCH, Cause.METRICS, Cause.OPERATOR}
    assert hers <= {cause for cause, payload in database.fetch(SAID) if payload != "{}"}

    erase(app)

    assert {payload for _, payload in database.fetch(SAID)} == {"{}"}
    assert "otto" in str(database.fetch(Statement("SELECT student FROM session")))


@pytest.mark.usefixtures("lived")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_byte_of_a_learner_is_left_in_the_file(app: Flask, tmp_path: Path) -> None:
    assert NAME in bytes_of(tmp_path)

    erase(app)

    assert {word for word in WORDS.values() if word in bytes_of(tmp_path)} == set()


@pytest.mark.usefixtures("lived")
def test_a_pause_reason_without_personal_data_stays(app: Flask, deps: Dependencies) -> None:
    deps.database.fetch(
        Statement("UPDATE target SET detail = 'answered 410: closed for the holidays'")
    )

    erase(app)

    assert deps.database.fetch(Statement("SELECT detail FROM target")) == [
        ("answered 410: closed for the holidays",)
    ]
