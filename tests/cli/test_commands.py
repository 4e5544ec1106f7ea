"""The commands of `flask --app wsgi …`, on both databases."""

import base64
import os
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from freezegun import freeze_time

from app import create_app
from proctor_results.database import schema as database_schema
from proctor_results.database.connection import Database
from proctor_results.deliveries.deliver import claim_due, record_results
from proctor_results.deliveries.messages import message_id
from proctor_results.deliveries.model import AttemptResult
from proctor_results.deliveries.retry_schedule import PAUSE_AFTER_FAILURES
from proctor_results.deliveries.targets.base import (
    Delivered,
    Gone,
    PushResult,
    Refused,
    Unreachable,
)
from proctor_results.deliveries.targets.webhook import WebhookSettings, WebhookTarget
from proctor_results.dependencies import Dependencies
from proctor_results.http_client.client import HttpClient
from proctor_results.policies.load import default_policy
from proctor_results.settings.model import Settings
from proctor_results.settings.validators import MIN_SECRET_LENGTH
from proctor_results.worker import store as worker_store
from proctor_results.worker.registration import register_worker
from tests.conftest import dependencies_of
from tests.support.recording_target import RecordingTarget
from tests.support.reports import IDENTIFIER, NOW, accepted, body, record

ADDRESS = "https://lms.example/hook"
NAMES = sorted(path.stem for path in database_schema.MIGRATIONS.glob("[0-9]*.py"))
AT_NINE = "2026-03-02T09:00:00.000Z"
DOWN = Unreachable(detail="answered 503: try later", status=503)
REFUSED = Refused(detail="answered 400", status=400)
GONE = Gone(detail="answered 410", status=410)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Use the settings of every test, with an LMS that is notified."""
    return replace(settings, targets=(WebhookSettings(url=ADDRESS, secret="whsec_" + "A" * 32),))


@pytest.fixture
def lms(database: Database) -> Dependencies:
    """Return the worker's dependencies, with a recording target as the LMS."""
    deps = Dependencies(
        database=database,
        policy=default_policy(),
        targets=(RecordingTarget(name="webhook", url=ADDRESS),),
    )
    register_worker(deps, "worker-1", NOW)
    return deps


def call(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(args=words)


def lines(app: Flask, *words: str) -> list[str]:
    """Return the lines that a successful command prints."""
    result = call(app, *words)
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout.splitlines()


def work(deps: Dependencies, *answers: PushResult) -> None:
    """Let the worker deliver once an hour; the LMS gives these answers in turn."""
    (target,) = deps.targets
    for hours, answer in enumerate(answers):
        now = NOW + timedelta(hours=hours)
        claims = claim_due(deps, target, 10, now)
        assert claims
        record_results(
            deps,
            [AttemptResult(claim=each, result=answer, at=now, seconds=0) for each in claims],
            0,
        )


def carried(deps: Dependencies, now: datetime) -> list[str]:
    """Return the ids of the messages that a worker would send to the LMS now."""
    (target,) = deps.targets
    claims = claim_due(deps, target, 10, now)
    return [message_id(each.session.identifier, each.topic, each.revision) for each in claims]


@pytest.fixture
def bare(settings: Settings, tmp_path: Path) -> Iterator[Flask]:
    """Return the app on a database that has no tables yet."""
    made = create_app(replace(settings, database_url=f"sqlite:///{tmp_path}/bare.db"))
    yield made
    dependencies_of(made).database.close()


def test_db_status_shows_what_is_applied(app: Flask) -> None:
    assert lines(app, "db", "status") == [f"applied {name}" for name in NAMES]


def test_db_status_shows_what_is_pending(bare: Flask) -> None:
    assert lines(bare, "db", "status") == [f"pending {name}" for name in NAMES]


def test_db_upgrade_says_what_it_applies_and_may_be_repeated(bare: Flask) -> None:
    assert lines(bare, "db", "upgrade") == [
        *(f"applied {name}" for name in NAMES),
        "the tables are current",
    ]
    assert lines(bare, "db", "upgrade") == ["the tables are current"]
    assert lines(bare, "db", "status") == [f"applied {name}" for name in NAMES]


def test_keys_new_makes_a_key_and_a_secret_that_the_settings_accept(app: Flask) -> None:
    (key, secret) = (line.split() for line in lines(app, "keys", "new"))

    assert (key[0], secret[0]) == ("key", "secret")
    assert len(key[1]) >= 2 * MIN_SECRET_LENGTH
    assert len(base64.b64decode(secret[1].removeprefix("whsec_"), validate=True)) == 32
    assert WebhookTarget(url=ADDRESS, secret=secret[1], http_client=HttpClient(allow_private=False))


def test_keys_new_never_makes_the_same_twice(app: Flask) -> None:
    made = [line for _ in range(10) for line in lines(app, "keys", "new")]

    assert len(set(made)) == 20


def test_deliveries_list_says_when_everything_is_delivered(app: Flask, lms: Dependencies) -> None:
    record(lms, accepted())
    work(lms, Delivered(status=200))

    assert lines(app, "deliveries", "list") == ["no pending deliveries"]


def test_deliveries_list_shows_what_has_not_been_tried_yet(app: Flask, lms: Dependencies) -> None:
    record(lms, accepted())

    line, count = lines(app, "deliveries", "list")

    assert (
        line == f"{AT_NINE}  webhook  {IDENTIFIER}  outcome 1  "
        f"next attempt {AT_NINE}  (not attempted yet)"
    )
    assert count == "1 pending"


def test_deliveries_list_shows_what_waits_for_its_next_try_and_what_the_last_one_met(
    app: Flask, lms: Dependencies
) -> None:
    record(lms, accepted())
    work(lms, DOWN)

    line, _ = lines(app, "deliveries", "list")

    assert line.endswith("  next attempt 2026-03-02T09:00:05.000Z  (answered 503: try later)")


def test_deliveries_list_shows_failed_deliveries_and_how_to_retry_them(
    app: Flask, lms: Dependencies
) -> None:
    record(lms, accepted())
    work(lms, REFUSED, REFUSED, REFUSED)

    line, _ = lines(app, "deliveries", "list")

    assert line.endswith("  failed: `deliveries retry` sends it again  (answered 400)")


def test_deliveries_list_begins_with_the_longest_due_and_ends_at_the_limit(
    app: Flask, lms: Dependencies
) -> None:
    for minutes in (2, 1, 3):
        record(lms, body(identifier=f"due-{minutes}"), NOW + timedelta(minutes=minutes))

    first, second, _ = lines(app, "deliveries", "list", "--limit", "2")

    assert ("due-1" in first, "due-2" in second) == (True, True)
    assert call(app, "deliveries", "list", "--limit", "0").exit_code == 2


def test_deliveries_retry_has_nothing_to_do_when_everything_is_delivered(
    app: Flask, lms: Dependencies
) -> None:
    record(lms, accepted())
    work(lms, Delivered(status=200))

    assert lines(app, "deliveries", "retry") == ["0 due now"]


LEFT = {
    "waiting for its next try": [DOWN],
    "waiting for a paused target": [DOWN] * PAUSE_AFTER_FAILURES,
    "failed": [REFUSED] * 3,
    "stopped by 410": [GONE],
}


@pytest.mark.parametrize("answers", LEFT.values(), ids=LEFT.keys())
def test_deliveries_retry_makes_every_pending_or_failed_delivery_due(
    app: Flask, lms: Dependencies, answers: list[PushResult]
) -> None:
    record(lms, accepted())
    work(lms, *answers)
    after = NOW + timedelta(hours=len(answers) - 1)
    assert carried(lms, after) == []

    with freeze_time(after):
        assert lines(app, "deliveries", "retry") == ["1 due now"]

    assert carried(lms, after) == [f"{IDENTIFIER}.outcome.1"]


UNREACHABLE_URLS = {
    "SQLite": "sqlite:////no/such/folder/results.db",
    "PostgreSQL": "postgresql://127.0.0.1:1/results",
    "PostgreSQL on a socket": "postgresql:///results?host=/no/such/folder",
}
DATABASE_COMMANDS = [
    "db upgrade",
    "db status",
    "deliveries list",
    "deliveries retry",
    "sessions explain unknown",
]


@pytest.mark.parametrize("words", DATABASE_COMMANDS)
@pytest.mark.parametrize("url", UNREACHABLE_URLS.values(), ids=UNREACHABLE_URLS.keys())
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_unreachable_database_is_one_line_and_no_traceback(
    settings: Settings, url: str, words: str
) -> None:
    result = call(create_app(replace(settings, database_url=url)), *words.split())

    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (1, "", 1)
    assert result.stderr.startswith("Error: the database cannot be used (check DATABASE_URL")


@pytest.mark.parametrize("words", ["deliveries list", "deliveries retry"])
def test_tables_that_are_missing_are_one_line_that_says_how_to_make_them(
    bare: Flask, words: str
) -> None:
    result = call(bare, *words.split())

    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert "db upgrade" in result.stderr


def test_worker_works_until_it_is_asked_to_stop(
    app: Flask, database: Database, handlers: None
) -> None:
    asking = threading.Thread(target=stop_when_seen, args=(database,))
    asking.start()

    result = call(app, "worker")
    asking.join()

    assert (result.exit_code, worker_store.last_seen(database)) == (0, None)


@pytest.fixture
def handlers() -> Iterator[None]:
    """Restore the signal handlers of pytest."""
    kept = {each: signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT)}
    yield
    for each, handler in kept.items():
        signal.signal(each, handler)


def stop_when_seen(database: Database) -> None:
    """Send SIGTERM once the worker is registered, after ten seconds at the latest."""
    give_up_at = time.monotonic() + 10
    while worker_store.last_seen(database) is None and time.monotonic() < give_up_at:
        time.sleep(0.01)
    database.close()
    os.kill(os.getpid(), signal.SIGTERM)
