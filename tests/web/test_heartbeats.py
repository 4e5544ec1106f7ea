"""Beating and measuring as an exam page does, on both databases."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from freezegun import freeze_time
from werkzeug.test import TestResponse

from proctor_results import clock
from proctor_results.flows.listen import listen
from proctor_results.store import hearing
from proctor_results.store.ledger import Ledger
from proctor_results.store.statement import Statement
from proctor_results.web.launch_tokens import Launch, LaunchTokens
from tests.conftest import BROWSER_ORIGIN, LMS_KEY, SECRET, house_of
from tests.web.test_launches import launched
from tests.workplace import away, until

SESSION = "exam-1-learner-7"
LONG_FORM = {
    "LearnerExternalID": "learner-7",
    "CourseExternalId": "course-3",
    "ExamExternalID": "exam-1",
    "ProctorExternalID": "part-1",
    "AliveCount": 17,
    "StopProctor": False,
    "ProctorStatus": "alive",
    "PingMilliseconds": "5000",
}
EVENT = {
    "metrics": {"c1": 0, "c2": 10, "c3": 5, "m1": 0, "m2": 4, "n1": 0, "s1": 0, "n2": 0},
    "weights": {"c1": 4, "c2": 4, "c3": 4, "m1": 4, "m2": 1, "n1": 4, "s1": 4, "n2": 4},
    "peak": "c2",
    "score": 36,
    "threshold": 50,
    "violated": True,
}
RECEIPTS = Statement("SELECT vendor, verdict FROM receipt ORDER BY id")


@pytest.fixture
def token(client: FlaskClient) -> str:
    made: str = launched(client)["launch"]["token"]
    return made


def beat(client: FlaskClient, token: str, said: dict[str, Any] | None = None, path: str = "heartbeats") -> TestResponse:
    body = json.dumps({"token": token, **(said or {})})
    return client.post(f"/sessions/{SESSION}/{path}", data=body, content_type="text/plain")


def show(client: FlaskClient) -> dict[str, Any]:
    shown: dict[str, Any] | None = client.get(f"/sessions/{SESSION}", headers={"X-Api-Key": LMS_KEY}).json
    assert shown is not None
    return shown


def test_a_heartbeat_is_heard(client: FlaskClient, token: str) -> None:
    assert beat(client, token).json == {"locked": False, "holds": [], "next_in_ms": 10_000}
    assert show(client)["status"] == "started"


def test_the_token_may_come_as_a_header(client: FlaskClient, token: str) -> None:
    answer = client.post(f"/sessions/{SESSION}/heartbeats", json={}, headers={"Authorization": f"Bearer {token}"})

    assert answer.status_code == 200


def test_the_long_form_is_taken_as_it_is(client: FlaskClient, token: str, ledger: Ledger) -> None:
    assert beat(client, token, LONG_FORM).status_code == 200

    ((hearsay,),) = ledger.run(Statement("SELECT hearsay FROM session"))
    assert json.loads(hearsay).items() >= {"course": "course-3", "activity": "part-1"}.items()


@pytest.mark.parametrize("spelt", ["StopProctor", "stopproctor", "stop"])
def test_a_goodbye_is_understood_however_it_is_spelt(client: FlaskClient, token: str, spelt: str) -> None:
    beat(client, token)

    assert beat(client, token, {spelt: True}).json == {"locked": False, "holds": [], "next_in_ms": None}


WRONG_BEATS: dict[str, dict[str, Any]] = {
    "count a word": {"count": "many"},
    "count negative": {"AliveCount": -1},
    "stop a word": {"StopProctor": "perhaps"},
    "id a list": {"LearnerExternalID": ["a"]},
    "id with NUL": {"ExamExternalID": "e\0"},
    "id with half a surrogate pair": {"exam": "e\ud800"},
    "id too long": {"CourseExternalId": "x" * 201},
}


@pytest.mark.parametrize("said", WRONG_BEATS.values(), ids=WRONG_BEATS.keys())
def test_a_heartbeat_that_cannot_be_right_is_refused(client: FlaskClient, token: str, said: dict[str, Any]) -> None:
    assert beat(client, token, said).status_code == 422


@pytest.mark.parametrize("said", [b"", b"[]", b"{", b'"beat"'], ids=["nothing", "a list", "cut short", "a text"])
def test_a_body_that_is_no_object_is_refused(client: FlaskClient, token: str, said: bytes) -> None:
    path, headers = f"/sessions/{SESSION}/heartbeats", {"Authorization": f"Bearer {token}"}

    assert client.post(path, data=said, headers=headers).status_code == 400


def test_a_huge_body_is_refused(client: FlaskClient, token: str) -> None:
    assert beat(client, token, {"padding": "x" * 70_000}).status_code == 413


def test_a_token_is_good_for_a_day(client: FlaskClient) -> None:
    with freeze_time("2026-03-02 09:00:00"):
        made = launched(client)["launch"]["token"]
    with freeze_time("2026-03-03 08:59:59"):
        assert beat(client, made).status_code == 200
    with freeze_time("2026-03-03 09:00:00"):
        assert beat(client, made).status_code == 401


def test_a_session_that_is_gone_is_not_found(client: FlaskClient) -> None:
    made = LaunchTokens(secret=SECRET).make(Launch(identifier="gone", number=1), datetime.now(UTC))

    answer = client.post("/sessions/gone/heartbeats", json={"token": made})

    assert answer.status_code == 404


def test_a_page_of_a_known_origin_may_read_the_answer(client: FlaskClient, token: str) -> None:
    headers = {"Origin": BROWSER_ORIGIN, "Authorization": f"Bearer {token}"}

    answer = client.post(f"/sessions/{SESSION}/heartbeats", json={}, headers=headers)

    assert answer.headers["Access-Control-Allow-Origin"] == BROWSER_ORIGIN


@pytest.mark.parametrize("path", [f"/sessions/{SESSION}/heartbeats", f"/sessions/{SESSION}/metrics", "/sessions"])
@pytest.mark.parametrize("method", ["POST", "OPTIONS"])
def test_a_page_of_another_origin_may_not(client: FlaskClient, path: str, method: str) -> None:
    answer = client.open(path, method=method, json={}, headers={"Origin": "https://elsewhere.example"})

    assert "Access-Control-Allow-Origin" not in answer.headers


def test_no_page_may_call_what_is_the_lmss(client: FlaskClient) -> None:
    headers = {"Origin": BROWSER_ORIGIN, "X-Api-Key": LMS_KEY}

    assert "Access-Control-Allow-Origin" not in client.get("/sessions", headers=headers).headers


def test_an_event_is_judged_by_its_own_numbers(client: FlaskClient, token: str) -> None:
    assert beat(client, token, EVENT, "metrics").json == {"score": 36, "locked": False, "holds": []}


def test_a_page_that_lies_about_its_score_is_flagged(client: FlaskClient, token: str, ledger: Ledger) -> None:
    beat(client, token, {**EVENT, "score": 90}, "metrics")

    details = [reason["detail"] for reason in show(client)["reasons"]]
    assert "the page said score 90, its metrics give 36" in details
    assert ledger.run(RECEIPTS) == [("browser", "applied")]


def test_three_bad_events_of_five_are_flagged_by_default(client: FlaskClient, token: str) -> None:
    good = {**EVENT, "metrics": {}, "score": 100}

    for event in (EVENT, good, EVENT):
        beat(client, token, event, "metrics")
    assert "live-below-threshold" not in [reason["rule"] for reason in show(client)["reasons"]]
    beat(client, token, EVENT, "metrics")

    assert "live-below-threshold" in [reason["rule"] for reason in show(client)["reasons"]]


def test_an_event_that_changes_nothing_leaves_no_receipt(client: FlaskClient, token: str, ledger: Ledger) -> None:
    beat(client, token, {**EVENT, "metrics": {}, "score": 100}, "metrics")

    assert ledger.run(RECEIPTS) == []


def test_the_lms_may_relay_events_too(client: FlaskClient, token: str) -> None:
    answer = client.post(f"/sessions/{SESSION}/metrics", json=EVENT, headers={"X-Api-Key": LMS_KEY})

    assert answer.status_code == 200


WRONG_EVENTS: dict[str, dict[str, Any]] = {
    "no metrics": {"metrics": None},
    "metrics a list": {"metrics": [1]},
    "a metric a word": {"metrics": {"c1": "high"}},
    "a metric beyond all measure": {"metrics": {"c1": 1e300}},
    "a threshold above 100": {"threshold": 101},
    "weights a number": {"weights": 4},
}


@pytest.mark.parametrize("changed", WRONG_EVENTS.values(), ids=WRONG_EVENTS.keys())
def test_an_event_that_cannot_be_right_is_refused(client: FlaskClient, token: str, changed: dict[str, Any]) -> None:
    assert beat(client, token, {**EVENT, **changed}, "metrics").status_code == 422


def test_a_body_nested_beyond_reading_is_refused_before_any_token(client: FlaskClient) -> None:
    assert client.post(f"/sessions/{SESSION}/heartbeats", data=b"[" * 30_000).status_code == 400


def test_a_heartbeat_that_could_not_be_kept_is_owned_up_to(
    app: Flask, client: FlaskClient, token: str, ledger: Ledger
) -> None:
    house, now = house_of(app), clock.now()
    for seconds in range(-100, 0, 10):
        listen(house, now, now + timedelta(seconds=seconds))
    with away(ledger, "watch"):
        assert beat(client, token).status_code == 503

    ear = app.extensions["proctor_results"].ear
    ear.open()
    until(lambda: hearing.state(ledger).since >= now)
    ear.close()
