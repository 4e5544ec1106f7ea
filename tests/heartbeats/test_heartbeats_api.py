"""Heartbeats and metrics as an exam page sends them, on both databases."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from freezegun import freeze_time
from werkzeug.test import TestResponse

from proctor_results import clock
from proctor_results.database.connection import Database
from proctor_results.database.statement import Statement
from proctor_results.heartbeats import liveness
from proctor_results.heartbeats.liveness import report_liveness
from proctor_results.launches.launch_tokens import Launch, LaunchTokens
from tests.conftest import BROWSER_ORIGIN, LMS_KEY, SECRET, dependencies_of
from tests.launches.test_launches_api import launch_session
from tests.support.worker_fixtures import wait_until, without_table

SESSION = "exam-1-learner-7"
RECONNECT_PAGE_BODY = {
    "LearnerExternalID": "learner-7",
    "CourseExternalId": "course-3",
    "ExamExternalID": "exam-1",
    "ProctorExternalID": "part-1",
    "AliveCount": 17,
    "StopProctor": False,
    "ProctorStatus": "alive",
    "PingMilliseconds": "5000",
}
METRICS_EVENT = {
    "metrics": {"c1": 0, "c2": 10, "c3": 5, "m1": 0, "m2": 4, "n1": 0, "s1": 0, "n2": 0},
    "weights": {"c1": 4, "c2": 4, "c3": 4, "m1": 4, "m2": 1, "n1": 4, "s1": 4, "n2": 4},
    "peak": "c2",
    "score": 36,
    "threshold": 50,
    "violated": True,
}
RECEIPTS = Statement("SELECT vendor, result FROM receipt ORDER BY id")


@pytest.fixture
def token(client: FlaskClient) -> str:
    launch_token: str = launch_session(client)["launch"]["token"]
    return launch_token


def send_heartbeat(
    client: FlaskClient, token: str, fields: dict[str, Any] | None = None, path: str = "heartbeats"
) -> TestResponse:
    body = json.dumps({"token": token, **(fields or {})})
    return client.post(f"/sessions/{SESSION}/{path}", data=body, content_type="text/plain")


def get_session(client: FlaskClient) -> dict[str, Any]:
    payload: dict[str, Any] | None = client.get(
        f"/sessions/{SESSION}", headers={"X-Api-Key": LMS_KEY}
    ).json
    assert payload is not None
    return payload


def test_a_heartbeat_is_accepted(client: FlaskClient, token: str) -> None:
    assert send_heartbeat(client, token).json == {
        "locked": False,
        "holds": [],
        "next_in_ms": 10_000,
    }
    assert get_session(client)["status"] == "started"


def test_the_token_may_come_as_a_header(client: FlaskClient, token: str) -> None:
    response = client.post(
        f"/sessions/{SESSION}/heartbeats", json={}, headers={"Authorization": f"Bearer {token}"}
    )

    assert response.status_code == 200


def test_the_reconnect_page_body_is_accepted(
    client: FlaskClient, token: str, database: Database
) -> None:
    assert send_heartbeat(client, token, RECONNECT_PAGE_BODY).status_code == 200

    ((browser_attributes,),) = database.fetch(Statement("SELECT browser_attributes FROM session"))
    assert (
        json.loads(browser_attributes).items()
        >= {"course": "course-3", "activity": "part-1"}.items()
    )


@pytest.mark.parametrize("field_name", ["StopProctor", "stopproctor", "stop"])
def test_a_stop_is_accepted_in_any_spelling(
    client: FlaskClient, token: str, field_name: str
) -> None:
    send_heartbeat(client, token)

    assert send_heartbeat(client, token, {field_name: True}).json == {
        "locked": False,
        "holds": [],
        "next_in_ms": None,
    }


INVALID_HEARTBEATS: dict[str, dict[str, Any]] = {
    "count a word": {"count": "many"},
    "count negative": {"AliveCount": -1},
    "stop a word": {"StopProctor": "perhaps"},
    "id a list": {"LearnerExternalID": ["a"]},
    "id with NUL": {"ExamExternalID": "e\0"},
    "id with half a surrogate pair": {"exam": "e\ud800"},
    "id too long": {"CourseExternalId": "x" * 201},
}


@pytest.mark.parametrize("invalid_body", INVALID_HEARTBEATS.values(), ids=INVALID_HEARTBEATS.keys())
def test_an_invalid_heartbeat_is_refused(
    client: FlaskClient, token: str, invalid_body: dict[str, Any]
) -> None:
    assert send_heartbeat(client, token, invalid_body).status_code == 422


@pytest.mark.parametrize(
    "invalid_body",
    [b"", b"[]", b"{", b'"heartbeat"'],
    ids=["nothing", "a list", "cut short", "a text"],
)
def test_a_body_that_is_no_object_is_refused(
    client: FlaskClient, token: str, invalid_body: bytes
) -> None:
    path, headers = f"/sessions/{SESSION}/heartbeats", {"Authorization": f"Bearer {token}"}

    assert client.post(path, data=invalid_body, headers=headers).status_code == 400


def test_a_huge_body_is_refused(client: FlaskClient, token: str) -> None:
    assert send_heartbeat(client, token, {"padding": "x" * 70_000}).status_code == 413


def test_a_token_expires_after_a_day(client: FlaskClient) -> None:
    with freeze_time("2026-03-02 09:00:00"):
        launch_token = launch_session(client)["launch"]["token"]
    with freeze_time("2026-03-03 08:59:59"):
        assert send_heartbeat(client, launch_token).status_code == 200
    with freeze_time("2026-03-03 09:00:00"):
        assert send_heartbeat(client, launch_token).status_code == 401


def test_an_unknown_session_is_not_found(client: FlaskClient) -> None:
    launch_token = LaunchTokens(secret=SECRET).issue(
        Launch(identifier="gone", number=1), datetime.now(UTC)
    )

    response = client.post("/sessions/gone/heartbeats", json={"token": launch_token})

    assert response.status_code == 404


def test_a_page_of_a_known_origin_may_read_the_answer(client: FlaskClient, token: str) -> None:
    headers = {"Origin": BROWSER_ORIGIN, "Authorization": f"Bearer {token}"}

    response = client.post(f"/sessions/{SESSION}/heartbeats", json={}, headers=headers)

    assert response.headers["Access-Control-Allow-Origin"] == BROWSER_ORIGIN


@pytest.mark.parametrize(
    "path", [f"/sessions/{SESSION}/heartbeats", f"/sessions/{SESSION}/metrics", "/sessions"]
)
@pytest.mark.parametrize("method", ["POST", "OPTIONS"])
def test_a_page_of_another_origin_may_not(client: FlaskClient, path: str, method: str) -> None:
    response = client.open(
        path, method=method, json={}, headers={"Origin": "https://elsewhere.example"}
    )

    assert "Access-Control-Allow-Origin" not in response.headers


def test_no_page_may_call_lms_routes(client: FlaskClient) -> None:
    headers = {"Origin": BROWSER_ORIGIN, "X-Api-Key": LMS_KEY}

    assert "Access-Control-Allow-Origin" not in client.get("/sessions", headers=headers).headers


def test_an_event_is_scored_from_its_own_metrics(client: FlaskClient, token: str) -> None:
    assert send_heartbeat(client, token, METRICS_EVENT, "metrics").json == {
        "score": 36,
        "locked": False,
        "holds": [],
    }


def test_a_wrong_score_is_flagged(client: FlaskClient, token: str, database: Database) -> None:
    send_heartbeat(client, token, {**METRICS_EVENT, "score": 90}, "metrics")

    details = [reason["detail"] for reason in get_session(client)["reasons"]]
    assert "the page reported score 90, its metrics give 36" in details
    assert database.fetch(RECEIPTS) == [("browser", "applied")]


def test_three_bad_events_of_five_are_flagged_by_default(client: FlaskClient, token: str) -> None:
    good = {**METRICS_EVENT, "metrics": {}, "score": 100}

    for event in (METRICS_EVENT, good, METRICS_EVENT):
        send_heartbeat(client, token, event, "metrics")
    assert "live-below-threshold" not in [
        reason["rule"] for reason in get_session(client)["reasons"]
    ]
    send_heartbeat(client, token, METRICS_EVENT, "metrics")

    assert "live-below-threshold" in [reason["rule"] for reason in get_session(client)["reasons"]]


def test_an_event_that_changes_nothing_leaves_no_receipt(
    client: FlaskClient, token: str, database: Database
) -> None:
    send_heartbeat(client, token, {**METRICS_EVENT, "metrics": {}, "score": 100}, "metrics")

    assert database.fetch(RECEIPTS) == []


def test_the_lms_may_relay_events_too(client: FlaskClient, token: str) -> None:
    response = client.post(
        f"/sessions/{SESSION}/metrics", json=METRICS_EVENT, headers={"X-Api-Key": LMS_KEY}
    )

    assert response.status_code == 200


INVALID_EVENTS: dict[str, dict[str, Any]] = {
    "no metrics": {"metrics": None},
    "metrics a list": {"metrics": [1]},
    "a metric a word": {"metrics": {"c1": "high"}},
    "a metric beyond all measure": {"metrics": {"c1": 1e300}},
    "a threshold above 100": {"threshold": 101},
    "weights a number": {"weights": 4},
}


@pytest.mark.parametrize("changed", INVALID_EVENTS.values(), ids=INVALID_EVENTS.keys())
def test_an_invalid_event_is_refused(
    client: FlaskClient, token: str, changed: dict[str, Any]
) -> None:
    assert send_heartbeat(client, token, {**METRICS_EVENT, **changed}, "metrics").status_code == 422


def test_a_deeply_nested_body_is_refused_before_its_token_is_checked(client: FlaskClient) -> None:
    assert client.post(f"/sessions/{SESSION}/heartbeats", data=b"[" * 30_000).status_code == 400


def test_a_lost_heartbeat_restarts_the_timeout(
    app: Flask, client: FlaskClient, token: str, database: Database
) -> None:
    deps, now = dependencies_of(app), clock.now()
    for seconds in range(-100, 0, 10):
        report_liveness(deps, now, now + timedelta(seconds=seconds))
    with without_table(database, "heartbeat_state"):
        assert send_heartbeat(client, token).status_code == 503

    liveness_reporter = app.extensions["proctor_results"].liveness_reporter
    liveness_reporter.start()
    wait_until(lambda: liveness.load(database).uninterrupted_since >= now)
    liveness_reporter.stop()
