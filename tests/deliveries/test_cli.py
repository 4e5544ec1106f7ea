"""`deliveries list`, `retry` and `delete` with their filters, on both databases."""

from dataclasses import replace
from datetime import timedelta

import pytest
from click.testing import Result
from flask import Flask
from freezegun import freeze_time

from proctor_results.database.connection import Database
from proctor_results.database.statement import Statement
from proctor_results.deliveries.deliver import claim_due, record_results
from proctor_results.deliveries.model import AttemptResult
from proctor_results.deliveries.targets.base import Refused
from proctor_results.deliveries.targets.webhook import WebhookSettings
from proctor_results.dependencies import Dependencies
from proctor_results.policies.load import default_policy
from proctor_results.settings.model import Settings
from tests.support.recording_target import RecordingTarget
from tests.support.reports import NOW, accepted, record, rejected

ADDRESS = "https://lms.example/hook"
DUE = Statement("SELECT COUNT(*) FROM delivery WHERE next_attempt_at IS NOT NULL")
COUNT_BY_TARGET = Statement("SELECT target, COUNT(*) FROM delivery GROUP BY target ORDER BY target")
LATER = NOW + timedelta(hours=3)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, targets=(WebhookSettings(url=ADDRESS, secret="whsec_" + "A" * 32),))


@pytest.fixture
def lms(database: Database) -> Dependencies:
    """The dependencies of a worker with two targets, of which the commands know one."""
    targets = (
        RecordingTarget(name="webhook", url=ADDRESS),
        RecordingTarget(name="left-behind", url=ADDRESS),
    )
    return Dependencies(database=database, policy=default_policy(), targets=targets)


def call(app: Flask, *words: str) -> Result:
    with freeze_time(LATER):
        return app.test_cli_runner().invoke(args=words)


def last(app: Flask, *words: str) -> str:
    result = call(app, *words)
    assert result.exit_code == 0, result.output
    return [line for line in result.stdout.splitlines() if not line.startswith("{")][-1]


def fail_all(deps: Dependencies) -> None:
    for hours in range(3):
        now = NOW + timedelta(hours=hours)
        for target in deps.targets:
            claims = claim_due(deps, target, 100, now)
            result = Refused(status=400, detail="answered 400")
            record_results(
                deps,
                [AttemptResult(claim=each, result=result, at=now, seconds=0) for each in claims],
                0,
            )


FILTERS = {
    "of a target": (("--target", "left-behind"), 1),
    "about a topic": (("--topic", "lock"), 2),
    "about a session": (("--session", "s-1"), 2),
    "about a learner": (("--student", "grace"), 4),
    "about an exam": (("--exam", "exam-1"), 0),
    "that wait for an attempt": (("--state", "waiting"), 2),
    "that failed": (("--state", "failed"), 4),
    "pending since a time": (("--since", "2026-03-02T09:30"), 2),
    "pending until a time": (("--until", "2026-03-02T09:30"), 4),
    "of two kinds at once": (("--target", "webhook", "--topic", "outcome"), 3),
}


@pytest.mark.parametrize(("words", "found"), FILTERS.values(), ids=FILTERS.keys())
def test_list_shows_matching_deliveries_only(
    app: Flask, lms: Dependencies, words: tuple[str, ...], found: int
) -> None:
    one = replace(lms, targets=lms.targets[:1])
    record(lms, accepted(identifier="s-1", student="ada"))
    record(one, rejected(identifier="s-2", student="grace"))
    fail_all(lms)
    record(one, rejected(identifier="s-3", student="grace"), NOW + timedelta(hours=1))

    output = last(app, "deliveries", "list", *words)

    assert output == (f"{found} pending" if found else "no matching deliveries")


def test_retry_makes_matching_deliveries_due_only(
    app: Flask, lms: Dependencies, database: Database
) -> None:
    record(lms, accepted(identifier="s-1"))
    record(lms, accepted(identifier="s-2"))
    fail_all(lms)

    assert last(app, "deliveries", "retry", "--session", "s-2", "--yes") == "1 due now"
    assert database.fetch(DUE) == [(1,)]


def test_retry_with_a_filter_asks_for_confirmation(
    app: Flask, lms: Dependencies, database: Database
) -> None:
    record(lms, accepted(identifier="s-1"))
    fail_all(lms)

    asked = call(app, "deliveries", "retry", "--session", "s-1")

    assert (asked.exit_code, "Retry 1 deliveries now?" in asked.output) == (1, True)
    assert database.fetch(DUE) == [(0,)]


def test_delete_removes_the_deliveries_of_a_removed_target(
    app: Flask, lms: Dependencies, database: Database
) -> None:
    for number in range(3):
        record(lms, accepted(identifier=f"s-{number}"))
    fail_all(lms)

    assert last(app, "deliveries", "delete", "--target", "left-behind", "--yes") == "3 deleted"
    assert database.fetch(COUNT_BY_TARGET) == [("webhook", 3)]


def test_delete_refuses_a_configured_target(
    app: Flask, lms: Dependencies, database: Database
) -> None:
    record(lms, accepted())

    refused = call(app, "deliveries", "delete", "--target", "webhook", "--yes")

    assert (refused.exit_code, "webhook is in use" in refused.stderr) == (1, True)
    assert len(database.fetch(COUNT_BY_TARGET)) == 2
