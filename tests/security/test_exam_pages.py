"""What a learner, or another page of the learner's browser, could do with the exam page's token."""

import json
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient

from app import create_app
from proctor_results.database.connection import Database
from proctor_results.database.statement import Statement
from proctor_results.settings.model import Settings
from tests.conftest import LMS_KEY
from tests.launches.test_launches_api import launch_session

SESSION = "exam-1-learner-7"
ROW_COUNTS = Statement(
    "SELECT (SELECT COUNT(*) FROM receipt), (SELECT COUNT(*) FROM decision), "
    "(SELECT MAX(revision) FROM session)"
)


def send(client: FlaskClient, route: str, fields: dict[str, Any], **headers: str) -> Any:
    body = json.dumps({"token": launch_session(client)["launch"]["token"], **fields})
    return client.post(f"/sessions/{SESSION}/{route}", data=body, headers=headers)


def test_repeated_wrong_scores_store_few_receipts(client: FlaskClient, database: Database) -> None:
    token = launch_session(client)["launch"]["token"]

    for step in range(40):
        payload = {"token": token, "metrics": {}, "score": 90 - step}
        assert client.post(f"/sessions/{SESSION}/metrics", json=payload).status_code == 200

    ((receipts, _, revision),) = database.fetch(ROW_COUNTS)
    assert receipts == 3  # off by 10, by 20, by 40
    assert revision == 4


def test_a_page_cannot_overwrite_lms_fields(client: FlaskClient) -> None:
    send(client, "heartbeats", {"student": "learner-8", "exam": "an easier exam"})

    payload = client.get(f"/sessions/{SESSION}", headers={"X-Api-Key": LMS_KEY}).json
    assert payload is not None
    assert (payload["student"], payload["exam"]) == ("learner-7", "exam-1")


ORIGINS = ("https://lms.example", "http://[::1]:8000")
FOREIGN_ORIGINS = [
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
def client_with_two_origins(settings: Settings) -> FlaskClient:
    return create_app(replace(settings, browser_origins=ORIGINS)).test_client()


@pytest.mark.parametrize("origin", ORIGINS)
def test_a_page_of_an_allowed_origin_may_read_the_response(
    client_with_two_origins: FlaskClient, origin: str
) -> None:
    response = send(client_with_two_origins, "heartbeats", {}, Origin=origin)

    assert response.headers["Access-Control-Allow-Origin"] == origin
    assert "Access-Control-Allow-Credentials" not in response.headers
    assert response.headers["Vary"] == "Origin"


@pytest.mark.parametrize("origin", FOREIGN_ORIGINS)
def test_no_page_of_a_similar_origin_may_read_the_response(
    client_with_two_origins: FlaskClient, origin: str
) -> None:
    response = send(client_with_two_origins, "heartbeats", {}, Origin=origin)

    assert "Access-Control-Allow-Origin" not in response.headers
