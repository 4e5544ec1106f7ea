"""`prune` and `erase`: what is deleted and kept, and evidence that still verifies."""

from datetime import datetime, timedelta

import pytest
from click.testing import Result
from flask import Flask
from flask.testing import FlaskClient
from freezegun import freeze_time

from proctor_results.database.connection import Database, Row
from proctor_results.database.statement import Statement
from proctor_results.dependencies import Dependencies
from proctor_results.evidence.verify import EvidenceVerifier
from proctor_results.evidence.write_checkpoints import CheckpointWriter
from proctor_results.launches.launch_session import LaunchConflict, launch_session
from proctor_results.operations.operator_actions import Attribution, act
from proctor_results.retention.prune import KINDS, PruneRun, RetentionPeriods
from proctor_results.sessions import repository
from proctor_results.sessions.enums import HoldKind, OperatorAction
from tests.conftest import VENDOR_KEY, with_target
from tests.support.recording_target import RecordingTarget
from tests.support.reports import NOW, accepted, body, record, rejected
from tests.support.stepped_worker import SteppedWorker

LATER = NOW + timedelta(days=100)
NAME = "ada-lovelace"
EVERYTHING = {
    table: Statement(f"SELECT * FROM {table}")  # constants only
    for table in (
        "session",
        "receipt",
        "decision",
        "heartbeat_state",
        "recent_live_metrics",
        "delivery",
        "attempt",
        "receipt_event",
        "session_reference",
        "job",
        "erasure",
        "metric_counter",
    )
}
BODIES = Statement("SELECT body, pruned_at IS NOT NULL FROM receipt ORDER BY id")
ATTEMPTS = Statement("SELECT COUNT(*) FROM attempt")


@pytest.fixture
def deps(app: Flask, recording_target: RecordingTarget) -> Dependencies:
    return with_target(app, recording_target)


def call(app: Flask, *words: str) -> Result:
    with freeze_time(LATER):
        return app.test_cli_runner().invoke(args=words)


def lines(app: Flask, *words: str) -> list[str]:
    result = call(app, *words)
    assert result.exit_code == 0, result.output
    return [line for line in result.stdout.splitlines() if not line.startswith("{")]


def deliver_all(deps: Dependencies) -> None:
    steps = SteppedWorker()
    steps.take_step(deps, 100, NOW)
    while steps.has_work:
        steps.take_step(deps, 100, NOW)


def rows(database: Database) -> list[Row]:
    return [row for statement in EVERYTHING.values() for row in database.fetch(statement)]


def named(database: Database, name: str) -> list[Row]:
    return [
        row
        for row in rows(database)
        if name in str([bytes(v) if isinstance(v, memoryview) else v for v in row])
    ]


def write_checkpoint(deps: Dependencies, now: datetime) -> None:
    checkpoint_writer = CheckpointWriter(deps)
    for _ in range(3):
        checkpoint_writer.step(now)


def verified(deps: Dependencies) -> tuple[list[str], int, int]:
    verification = EvidenceVerifier(deps)
    faults = [fault.detail for fault in verification.faults(lambda _: None)]
    return faults, verification.counts["pruned"], verification.counts["erased"]


def test_old_bodies_are_emptied_and_the_evidence_holds(
    app: Flask, deps: Dependencies, database: Database
) -> None:
    record(deps, accepted())
    record(deps, b"not readable")
    deliver_all(deps)
    record(deps, accepted(identifier="new"), LATER)
    write_checkpoint(deps, LATER)

    assert lines(app, "prune", "--receipt-bodies", "90") == [
        "pruned 2 bodies, 0 attempts, 0 jobs, 0 sessions"
    ]

    assert [
        (not bytes(body_bytes), bool(pruned)) for body_bytes, pruned in database.fetch(BODIES)
    ] == [(True, True)] * 2 + [(False, False)]
    assert verified(deps) == ([], 2, 0)


def test_a_dry_run_says_as_much_and_does_nothing(
    app: Flask, deps: Dependencies, database: Database
) -> None:
    record(deps, accepted())
    deliver_all(deps)
    before = rows(database)

    output = lines(
        app, "prune", "--receipt-bodies", "90", "--attempts", "90", "--sessions", "90", "--dry-run"
    )

    assert output == ["would prune 1 bodies, 1 attempts, 0 jobs, 1 sessions"]
    assert rows(database) == before


def test_held_or_undelivered_sessions_are_not_pruned(
    app: Flask, deps: Dependencies, database: Database
) -> None:
    record(deps, rejected(identifier="held"))
    deliver_all(deps)
    record(deps, accepted(identifier="undelivered"))
    before = rows(database)

    output = lines(app, "prune", "--receipt-bodies", "1", "--attempts", "1", "--sessions", "1")

    assert output[1] == "kept 2 old sessions that are locked, undelivered or monitored"
    assert [row for row in rows(database) if row not in before] == []


def test_old_attempts_at_what_has_arrived_are_forgotten(
    app: Flask, deps: Dependencies, database: Database
) -> None:
    record(deps, accepted())
    deliver_all(deps)

    assert lines(app, "prune", "--attempts", "90") == [
        "pruned 0 bodies, 1 attempts, 0 jobs, 0 sessions"
    ]
    assert database.fetch(ATTEMPTS) == [(0,)]


def test_old_sessions_are_forgotten_and_the_evidence_holds(
    app: Flask, deps: Dependencies, database: Database
) -> None:
    for number in range(45):
        record(deps, accepted(identifier=f"old-{number}"))
    record(deps, accepted(identifier="young"))
    deliver_all(deps)
    act(deps, "young", OperatorAction.HOLD, Attribution(actor="office", reason="why not"), LATER)
    act(
        deps,
        "young",
        OperatorAction.RELEASE,
        Attribution(actor="office", reason="why"),
        LATER,
        hold=HoldKind.MANUAL,
    )
    deliver_all(deps)
    write_checkpoint(deps, LATER)

    assert (
        lines(app, "prune", "--sessions", "90")[0]
        == "pruned 0 bodies, 0 attempts, 0 jobs, 45 sessions"
    )

    assert named(database, "old-") == []
    assert repository.get(database, "young")
    assert verified(deps) == ([], 0, 90)


def interrupted() -> None:
    raise KeyboardInterrupt


def test_what_was_stopped_is_taken_up_again(
    app: Flask, deps: Dependencies, database: Database
) -> None:
    for number in range(KINDS[-1].batch_size + 3):
        record(deps, accepted(identifier=f"old-{number}"))
    deliver_all(deps)
    stopped = PruneRun(deps, RetentionPeriods(sessions=timedelta(days=90)), LATER, dry_run=False)

    with pytest.raises(KeyboardInterrupt):
        stopped.run(lambda _: None, interrupted)

    assert (
        lines(app, "prune", "--sessions", "90")[0]
        == "pruned 0 bodies, 0 attempts, 0 jobs, 3 sessions"
    )
    assert named(database, "old-") == []


def test_pruning_again_finds_nothing(app: Flask, deps: Dependencies) -> None:
    record(deps, accepted())
    deliver_all(deps)
    everything = ("prune", "--receipt-bodies", "1", "--attempts", "1", "--sessions", "1")
    call(app, *everything)

    assert lines(app, *everything) == ["pruned 0 bodies, 0 attempts, 0 jobs, 0 sessions"]


def test_prune_requires_an_age(app: Flask) -> None:
    result = call(app, "prune")

    assert (result.exit_code, "--sessions DAYS" in result.output) == (2, True)


def test_a_person_is_erased_and_the_evidence_holds(
    app: Flask, deps: Dependencies, database: Database
) -> None:
    record(deps, accepted(identifier=f"{NAME}-1", student=NAME, comment=f"well done, {NAME}"))
    act(
        deps,
        f"{NAME}-1",
        OperatorAction.HOLD,
        Attribution(actor="office", reason=f"{NAME} called"),
        NOW,
    )
    act(
        deps,
        f"{NAME}-1",
        OperatorAction.RELEASE,
        Attribution(actor="office", reason=f"{NAME} again"),
        NOW,
        hold=HoldKind.MANUAL,
    )
    launch_session(deps, f"{NAME}-2", "supervisor", {"student": NAME}, NOW)
    record(deps, accepted(identifier=f"{NAME}-2"))
    record(deps, body(identifier=f"{NAME}-3", student=NAME, score="good"))
    record(deps, body(identifier=7, student=NAME))
    record(deps, accepted(identifier="another", student="grace-hopper"))
    deliver_all(deps)
    write_checkpoint(deps, NOW)

    assert (
        lines(app, "erase", "--student", NAME, "--yes", "--by", "office")[-1]
        == "erased 3 sessions with 4 receipts"
    )

    assert named(database, NAME) == []
    assert len(named(database, "grace-hopper")) == 2
    assert verified(deps) == ([], 0, 4 + 5)


def test_an_erasure_is_remembered_without_the_name(
    app: Flask, deps: Dependencies, database: Database
) -> None:
    record(deps, accepted(identifier=f"{NAME}-1", student=NAME))
    deliver_all(deps)

    lines(app, "erase", "--student", NAME, "--yes", "--by", "the office")

    ((chain, _, actor),) = database.fetch(EVERYTHING["erasure"])
    assert (len(chain), actor) == (64, "the office")


def test_what_is_locked_or_undelivered_is_erased_by_force_only(
    app: Flask, deps: Dependencies, database: Database
) -> None:
    record(deps, rejected(identifier="s-1", student=NAME))

    refused = call(app, "erase", "--student", NAME, "--yes")

    assert refused.exit_code == 1
    assert "session s-1 cannot be erased yet: locked: rejected" in refused.stdout
    assert "session s-1 cannot be erased yet: 2 messages not delivered" in refused.stdout
    assert len(named(database, NAME)) == 2
    assert (
        lines(app, "erase", "--student", NAME, "--yes", "--force")[-1]
        == "erased 1 sessions with 1 receipts"
    )
    assert named(database, NAME) == []


def test_a_dry_run_of_an_erasure_shows_what_there_is(
    app: Flask, deps: Dependencies, database: Database
) -> None:
    record(deps, accepted(identifier="s-1", student=NAME))
    deliver_all(deps)
    before = rows(database)

    output = lines(app, "erase", "--student", NAME, "--dry-run")

    assert output == ["session s-1", "1 sessions, and 0 receipts that name no session"]
    assert rows(database) == before


def test_one_session_is_erased_by_its_identifier(
    app: Flask, deps: Dependencies, database: Database
) -> None:
    record(deps, accepted(identifier="s-1"))
    record(deps, accepted(identifier="s-2"))
    deliver_all(deps)

    lines(app, "erase", "--session", "s-1", "--yes")

    assert (repository.get(database, "s-1"), repository.get(database, "s-2") is None) == (
        None,
        False,
    )


def test_erase_requires_a_student_or_session(app: Flask) -> None:
    assert call(app, "erase").exit_code == 2


@pytest.mark.parametrize(
    "payload", [rejected(identifier="s-1", student=NAME), body(identifier="s-1", score=NAME)]
)
def test_a_report_after_the_erasure_is_refused_and_not_stored(
    app: Flask, client: FlaskClient, deps: Dependencies, database: Database, payload: bytes
) -> None:
    record(deps, accepted(identifier="s-1", student=NAME))
    deliver_all(deps)
    lines(app, "erase", "--student", NAME, "--yes")

    answer = client.post("/webhooks/supervisor", data=payload, headers={"X-Api-Key": VENDOR_KEY})

    assert (answer.status_code, answer.content_type) == (410, "application/problem+json")
    assert named(database, NAME) == []
    assert verified(deps)[0] == []


def test_an_erased_session_cannot_be_launched_again(app: Flask, deps: Dependencies) -> None:
    """Its messages would begin with ids that the LMS has had."""
    record(deps, accepted(identifier="s-1", student=NAME))
    deliver_all(deps)
    lines(app, "erase", "--student", NAME, "--yes")

    refused = launch_session(deps, "s-1", "supervisor", {"student": NAME}, LATER)

    assert isinstance(refused, LaunchConflict)
    assert refused.field == "identifier"
