"""The reconciliation finds nothing in a consistent run, and finds every planted fault."""

import json

import pytest

from bench.reconciliation.data import ReceivedMessage
from proctor_results.database.connection import Database
from proctor_results.database.statement import Statement
from proctor_results.dependencies import Dependencies
from proctor_results.sessions.enums import Topic
from proctor_results.worker.registration import register_worker
from tests.faults.support.reconcile import as_answered_posts, find_faults
from tests.support.recording_target import RecordingTarget
from tests.support.reports import IDENTIFIER, NOW, SAMPLE, accepted, record, rejected
from tests.support.stepped_worker import SteppedWorker

REPORTS = as_answered_posts((SAMPLE, rejected(signed_at="2022-02-19T09:00:00.000Z"), accepted()))
pytestmark = pytest.mark.parametrize(
    "database_url", ["sqlite"], indirect=True
)  # nothing here depends on it
OUTCOME, LOCK = f"{IDENTIFIER}.outcome", f"{IDENTIFIER}.lock"


@pytest.fixture
def received(deps: Dependencies, recording_target: RecordingTarget) -> list[ReceivedMessage]:
    """The messages of a target to which each of three reports was delivered."""
    register_worker(deps, "worker-1", NOW)
    for report in REPORTS:
        record(deps, report.body)
        worker = SteppedWorker()
        for _ in range(4):
            worker.take_step(deps, 10, NOW)
    received = [
        ReceivedMessage(message_id, json.dumps(message).encode())
        for message_id, message in recording_target.received
    ]
    return sorted(
        received,
        key=lambda received_message: (
            received_message.revision,
            received_message.subject[1] is Topic.LOCK,
        ),
    )


def test_a_consistent_run_has_no_faults(
    database: Database, received: list[ReceivedMessage]
) -> None:
    webhook_ids = [received_message.webhook_id for received_message in received]
    assert webhook_ids == [f"{OUTCOME}.1", f"{OUTCOME}.2", f"{LOCK}.2", f"{OUTCOME}.3", f"{LOCK}.3"]
    assert find_faults(database, REPORTS, received) == []


def test_a_repeat_under_its_old_id_is_no_fault(
    database: Database, received: list[ReceivedMessage]
) -> None:
    assert find_faults(database, REPORTS, [*received, received[-1]]) == []


def test_a_message_sent_again_without_a_change_is_a_fault(
    deps: Dependencies, database: Database, received: list[ReceivedMessage]
) -> None:
    """The report changes facts of the session, and nothing that an LMS receives."""
    unchanged_report = accepted(signed_at="2022-02-19T10:00:00.000Z", duration=77)
    record(deps, unchanged_report)
    repeated = ReceivedMessage(
        f"{OUTCOME}.4", received[-2].body.replace(b'"revision": 3', b'"revision": 4')
    )

    assert find_faults(
        database, [*REPORTS, *as_answered_posts([unchanged_report])], [*received, repeated]
    ) == [
        f"invented: {OUTCOME}.4: there was no such news at that revision",
        f"invented: {OUTCOME}.4: says what {OUTCOME}.3 said",
    ]


TAMPERED: dict[str, tuple[str, str]] = {
    "a receipt is gone": ("DELETE FROM receipt WHERE id = 3", "more often than stored"),
    "a session was reverted": (
        "UPDATE session SET outcome = 'pending'",
        "is stored otherwise than",
    ),
    "a decision is gone": ("DELETE FROM decision WHERE revision = 2", "follows, and is missing"),
    "a delivery is still pending": (
        "UPDATE delivery SET delivered_revision = 2 WHERE topic = 'outcome'",
        f"lost: {OUTCOME}.3 to",
    ),
}


@pytest.mark.parametrize(("statement", "expected_fault"), TAMPERED.values(), ids=TAMPERED)
def test_a_wrongly_stored_row_is_a_fault(
    database: Database, received: list[ReceivedMessage], statement: str, expected_fault: str
) -> None:
    database.fetch(Statement("UPDATE decision SET receipt_id = NULL"))
    database.fetch(Statement(statement))
    assert any(expected_fault in fault for fault in find_faults(database, REPORTS, received))
