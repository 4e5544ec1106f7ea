"""Is it alive, can it work; on both databases."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from freezegun import freeze_time

from app import create_app
from proctor_results.flows.keep_watch import arrive, leave
from proctor_results.flows.listen import listen
from proctor_results.settings import Settings
from proctor_results.store.ledger import Ledger
from proctor_results.store.statement import Statement
from tests.conftest import VENDOR_KEY, house_of, with_listener
from tests.listeners import Listener
from tests.reports import SAMPLE

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def readiness(client: FlaskClient, now: datetime = NOW) -> tuple[int, dict[str, object]]:
    with freeze_time(now):
        answer = client.get("/readyz")
    assert answer.json is not None
    return answer.status_code, answer.json


def test_alive_needs_nothing(client: FlaskClient) -> None:
    assert client.get("/healthz").data == b"ok\n"


def test_ready_with_a_worker_at_work(app: Flask, client: FlaskClient) -> None:
    arrive(house_of(app), "worker-1", NOW)

    status, shown = readiness(client, NOW + timedelta(seconds=30))

    assert (status, shown["ready"], shown["worker_seen"]) == (200, True, 30)


def test_not_ready_without_a_worker(client: FlaskClient) -> None:
    status, shown = readiness(client)

    assert (status, shown["database"], shown["schema"], shown["worker"]) == (503, True, True, False)


@pytest.mark.parametrize("silent", [31, 3600])
def test_not_ready_when_the_worker_has_fallen_silent(app: Flask, client: FlaskClient, silent: int) -> None:
    arrive(house_of(app), "worker-1", NOW)

    assert readiness(client, NOW + timedelta(seconds=silent))[0] == 503


def test_not_ready_once_the_worker_has_left(app: Flask, client: FlaskClient) -> None:
    arrive(house_of(app), "worker-1", NOW)
    leave(house_of(app), "worker-1")

    assert readiness(client)[0] == 503


def test_late_deliveries_are_shown(app: Flask, client: FlaskClient) -> None:
    arrive(with_listener(app, Listener()), "worker-1", NOW)
    with freeze_time(NOW):
        client.post("/webhooks/supervisor", data=SAMPLE, headers={"X-Api-Key": VENDOR_KEY})

    status, shown = readiness(client, NOW + timedelta(seconds=20))

    assert (status, shown["oldest_undelivered"]) == (200, 20)


def test_messages_that_were_given_up_are_shown(app: Flask, client: FlaskClient, ledger: Ledger) -> None:
    arrive(with_listener(app, Listener()), "worker-1", NOW)
    client.post("/webhooks/supervisor", data=SAMPLE, headers={"X-Api-Key": VENDOR_KEY})
    ledger.run(Statement("UPDATE delivery SET due_at = NULL"))

    assert readiness(client)[1]["given_up"] == 1


def test_not_ready_without_tables(settings: Settings, tmp_path: Path) -> None:
    bare = create_app(Settings(**{**vars(settings), "database_url": f"sqlite:///{tmp_path / 'bare.db'}"}))

    status, shown = readiness(bare.test_client())

    assert (status, shown["database"], shown["schema"]) == (503, True, False)


def test_not_ready_without_a_database(settings: Settings, tmp_path: Path) -> None:
    nowhere = create_app(
        Settings(**{**vars(settings), "database_url": f"sqlite:///{tmp_path / 'no' / 'such' / 'a.db'}"})
    )

    status, shown = readiness(nowhere.test_client())

    assert (status, shown["database"]) == (503, False)


def test_without_a_database_a_webhook_is_told_to_come_again(settings: Settings, tmp_path: Path) -> None:
    nowhere = create_app(
        Settings(**{**vars(settings), "database_url": f"sqlite:///{tmp_path / 'no' / 'such' / 'a.db'}"})
    )

    answer = nowhere.test_client().post("/webhooks/supervisor", data=SAMPLE, headers={"X-Api-Key": VENDOR_KEY})

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")


@pytest.mark.parametrize(("later", "listening"), [(15, True), (16, False)])
def test_whether_heartbeats_are_heard_is_shown(app: Flask, client: FlaskClient, later: int, listening: bool) -> None:
    arrive(house_of(app), "worker-1", NOW)
    listen(house_of(app), None, NOW)

    status, shown = readiness(client, NOW + timedelta(seconds=later))

    assert (status, shown["listening"]) == (200, listening)
