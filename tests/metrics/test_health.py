"""`/healthz` and `/readyz`, on both databases."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from freezegun import freeze_time

from app import create_app
from proctor_results.database.connection import Database
from proctor_results.database.statement import Statement
from proctor_results.heartbeats.liveness import report_liveness
from proctor_results.settings.model import Settings
from proctor_results.worker import store as worker_store
from proctor_results.worker.registration import register_worker
from tests.conftest import VENDOR_KEY, dependencies_of, with_target
from tests.support.recording_target import RecordingTarget
from tests.support.reports import SAMPLE

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def get_readiness(client: FlaskClient, now: datetime = NOW) -> tuple[int, dict[str, object]]:
    with freeze_time(now):
        response = client.get("/readyz")
    assert response.json is not None
    return response.status_code, response.json


def test_alive_needs_nothing(client: FlaskClient) -> None:
    assert client.get("/healthz").data == b"ok\n"


def test_ready_with_a_running_worker(app: Flask, client: FlaskClient) -> None:
    register_worker(dependencies_of(app), "worker-1", NOW)

    status, checks = get_readiness(client, NOW + timedelta(seconds=30))

    assert (status, checks["ready"], checks["worker_seen"]) == (200, True, 30)


def test_not_ready_without_a_worker(client: FlaskClient) -> None:
    status, checks = get_readiness(client)

    assert (status, checks["database"], checks["schema"], checks["worker"]) == (
        503,
        True,
        True,
        False,
    )


@pytest.mark.parametrize("seconds", [31, 3600])
def test_not_ready_when_the_worker_has_stopped_reporting(
    app: Flask, client: FlaskClient, seconds: int
) -> None:
    register_worker(dependencies_of(app), "worker-1", NOW)

    assert get_readiness(client, NOW + timedelta(seconds=seconds))[0] == 503


def test_not_ready_once_the_worker_has_left(app: Flask, client: FlaskClient) -> None:
    register_worker(dependencies_of(app), "worker-1", NOW)
    worker_store.delete(dependencies_of(app).database, "worker-1")

    assert get_readiness(client)[0] == 503


def test_late_deliveries_are_shown(app: Flask, client: FlaskClient) -> None:
    register_worker(with_target(app, RecordingTarget()), "worker-1", NOW)
    with freeze_time(NOW):
        client.post("/webhooks/supervisor", data=SAMPLE, headers={"X-Api-Key": VENDOR_KEY})

    status, checks = get_readiness(client, NOW + timedelta(seconds=20))

    assert (status, checks["oldest_undelivered"]) == (200, 20)


def test_failed_deliveries_are_shown(app: Flask, client: FlaskClient, database: Database) -> None:
    register_worker(with_target(app, RecordingTarget()), "worker-1", NOW)
    client.post("/webhooks/supervisor", data=SAMPLE, headers={"X-Api-Key": VENDOR_KEY})
    database.fetch(Statement("UPDATE delivery SET next_attempt_at = NULL"))

    assert get_readiness(client)[1]["failed_deliveries"] == 1


def test_not_ready_without_tables(settings: Settings, tmp_path: Path) -> None:
    app_without_tables = create_app(
        Settings(**{**vars(settings), "database_url": f"sqlite:///{tmp_path / 'bare.db'}"})
    )

    status, checks = get_readiness(app_without_tables.test_client())

    assert (status, checks["database"], checks["schema"]) == (503, True, False)


def test_not_ready_without_a_database(settings: Settings, tmp_path: Path) -> None:
    app_without_database = create_app(
        Settings(
            **{**vars(settings), "database_url": f"sqlite:///{tmp_path / 'no' / 'such' / 'a.db'}"}
        )
    )

    status, checks = get_readiness(app_without_database.test_client())

    assert (status, checks["database"]) == (503, False)


def test_without_a_database_a_webhook_gets_retry_after(settings: Settings, tmp_path: Path) -> None:
    app_without_database = create_app(
        Settings(
            **{**vars(settings), "database_url": f"sqlite:///{tmp_path / 'no' / 'such' / 'a.db'}"}
        )
    )

    response = app_without_database.test_client().post(
        "/webhooks/supervisor", data=SAMPLE, headers={"X-Api-Key": VENDOR_KEY}
    )

    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")


@pytest.mark.parametrize(("seconds", "accepting"), [(15, True), (16, False)])
def test_whether_heartbeats_are_accepted_is_shown(
    app: Flask, client: FlaskClient, seconds: int, accepting: bool
) -> None:
    register_worker(dependencies_of(app), "worker-1", NOW)
    report_liveness(dependencies_of(app), None, NOW)

    status, checks = get_readiness(client, NOW + timedelta(seconds=seconds))

    assert (status, checks["accepting_heartbeats"]) == (200, accepting)
