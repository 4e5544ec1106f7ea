"""What a learner could make of the exam page's own token, and another page of the learner's browser."""

import json
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient

from app import create_app
from proctor_results.settings import Settings
from proctor_results.store.ledger import Ledger
from proctor_results.store.statement import Statement
from tests.conftest import LMS_KEY
from tests.web.test_launches import launched

SESSION = "exam-1-learner-7"
KEPT = Statement(
    "SELECT (SELECT COUNT(*) FROM receipt), (SELECT COUNT(*) FROM decision), (SELECT MAX(revision) FROM session)"
)


def send(client: FlaskClient, route: str, said: dict[str, Any], **headers: str) -> Any:
    body = json.dumps({"token": launched(client)["launch"]["token"], **said})
    return client.post(f"/sessions/{SESSION}/{route}", data=body, headers=headers)


def test_a_page_that_lies_a_little_more_each_time_fills_no_ledger(client: FlaskClient, ledger: Ledger) -> None:
    token = launched(client)["launch"]["token"]

    for step in range(40):
        said = {"token": token, "metrics": {}, "score": 90 - step}
        assert client.post(f"/sessions/{SESSION}/metrics", json=said).status_code == 200

    ((receipts, _, revision),) = ledger.run(KEPT)
    assert receipts == 3  # off by 10, by 20, by 40
    assert revision == 4


def test_a_page_cannot_say_what_the_lms_has_said(client: FlaskClient) -> None:
    send(client, "heartbeats", {"student": "learner-8", "exam": "an easier exam"})

    shown = client.get(f"/sessions/{SESSION}", headers={"X-Api-Key": LMS_KEY}).json
    assert shown is not None
    assert (shown["student"], shown["exam"]) == ("learner-7", "exam-1")


ORIGINS = ("https://lms.example", "http://[::1]:8000")
STRANGERS = [
    "null",
    "http://lms.example",
    "https://lms.example:444",
    "https://lms.example.evil",
    "https://lmsxexample",
    "https://evil.example/https://lms.example",
    "http://1:8000",
    "http://:8000",
]


@pytest.fixture
def client_of_two(settings: Settings) -> FlaskClient:
    return create_app(replace(settings, browser_origins=ORIGINS)).test_client()


@pytest.mark.parametrize("origin", ORIGINS)
def test_a_page_of_ours_may_read_what_it_is_told(client_of_two: FlaskClient, origin: str) -> None:
    answer = send(client_of_two, "heartbeats", {}, Origin=origin)

    assert answer.headers["Access-Control-Allow-Origin"] == origin
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert answer.headers["Vary"] == "Origin"


@pytest.mark.parametrize("origin", STRANGERS)
def test_no_page_that_looks_like_one_of_ours_may(client_of_two: FlaskClient, origin: str) -> None:
    answer = send(client_of_two, "heartbeats", {}, Origin=origin)

    assert "Access-Control-Allow-Origin" not in answer.headers
