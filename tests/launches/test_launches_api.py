"""The LMS launches sessions, on both databases."""

from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from proctor_results.launches.schemas import LaunchResponseSchema
from tests.conftest import LMS_KEY, SUPERVISOR_SECRET, VENDOR_KEY
from tests.support.reports import body

LAUNCH_REQUEST: dict[str, Any] = {
    "identifier": "exam-1-learner-7",
    "student": "learner-7",
    "exam": "exam-1",
    "nickname": "Ann",
}


def post_launch(client: FlaskClient, key: str = LMS_KEY, **changes: Any) -> TestResponse:
    payload = {
        name: value for name, value in {**LAUNCH_REQUEST, **changes}.items() if value is not None
    }
    return client.post("/sessions", json=payload, headers={"X-Api-Key": key})


def launch_session(client: FlaskClient, **changes: Any) -> dict[str, Any]:
    response = post_launch(client, **changes)
    assert response.status_code in (200, 201), response.data
    payload: dict[str, Any] | None = response.json
    assert payload is not None
    return payload


def test_a_launch_answers_with_everything_an_exam_page_needs(client: FlaskClient) -> None:
    response = post_launch(client)

    assert response.status_code == 201
    assert response.json is not None
    assert LaunchResponseSchema().validate(response.json) == {}
    launch_data = response.json["launch"]
    assert (
        launch_data["heartbeats"] == "https://results.example/sessions/exam-1-learner-7/heartbeats"
    )
    assert (
        launch_data["vendor"]["link"]
        == f"https://proctoring.example/api/auth/jwt?token={launch_data['vendor']['token']}"
    )
    assert (
        launch_data["vendor"]["report"] == "https://proctoring.example/api/report/exam-1-learner-7"
    )
    assert "reconnect.js" in launch_data["html"]["script"]
    assert "data-supervisor" in launch_data["html"]["attributes"]


def test_the_vendors_token_holds_the_guides_names_and_our_webhook(client: FlaskClient) -> None:
    token = launch_session(client, subject="Plant safety")["launch"]["vendor"]["token"]

    claims = jwt.decode(token, SUPERVISOR_SECRET, algorithms=["HS256"])
    assert (
        claims.items()
        >= {
            "username": "learner-7",
            "identifier": "exam-1-learner-7",
            "nickname": "Ann",
            "subject": "Plant safety",
            "template": "default",
            "api": "https://results.example/webhooks/supervisor",
        }.items()
    )
    assert claims["exp"] > datetime.now(UTC).timestamp()


def test_the_same_identifier_and_student_resume_the_sitting(client: FlaskClient) -> None:
    first = launch_session(client)
    second = post_launch(client)

    assert second.status_code == 200
    assert second.json is not None
    assert (first["launch"]["number"], second.json["launch"]["number"]) == (1, 2)
    assert second.json["session"]["identifier"] == "exam-1-learner-7"


def test_an_identifier_is_generated_where_none_is_sent(client: FlaskClient) -> None:
    identifiers = {
        launch_session(client, identifier=None)["session"]["identifier"] for _ in range(2)
    }

    assert len(identifiers) == 2


def test_a_proctors_link_is_made_on_request(client: FlaskClient) -> None:
    link = launch_session(client, proctor="proctor-1")["launch"]["vendor"]["proctor_link"]

    claims = jwt.decode(link.partition("token=")[2], SUPERVISOR_SECRET, algorithms=["HS256"])
    assert (
        claims.items()
        >= {"username": "proctor-1", "role": "proctor", "identifier": "exam-1-learner-7"}.items()
    )


YESTERDAY = (datetime.now(UTC) - timedelta(days=1)).isoformat()

INVALID_LAUNCHES: dict[str, tuple[dict[str, Any], str]] = {
    "no student": ({"student": None}, "student"),
    "a student the vendor cannot spell": ({"student": "Ann Smith"}, "student"),
    "an identifier the vendor cannot spell": ({"identifier": "exam.1@learner"}, "identifier"),
    "an identifier of no allowed form": ({"identifier": "../x"}, "identifier"),
    "a template the vendor cannot spell": ({"template": "default!"}, "template"),
    "a deadline in the past": ({"deadline": YESTERDAY}, "deadline"),
    "a deadline that is none": ({"deadline": "soon"}, "deadline"),
    "an end before the beginning": ({"expires": YESTERDAY}, "expires"),
    "an end that cannot be": ({"expires": "9999-12-31T23:59:59Z"}, "expires"),
    "no time": ({"timeout": 0}, "timeout"),
    "an address that is none": ({"url": "javascript:alert(1)"}, "url"),
    "another vendor": ({"vendor": "other"}, "vendor"),
    "a field we do not know": ({"shoe_size": 43}, "shoe_size"),
}


@pytest.mark.parametrize(
    ("changed", "field"), INVALID_LAUNCHES.values(), ids=INVALID_LAUNCHES.keys()
)
def test_what_the_vendor_would_refuse_is_named(
    client: FlaskClient, changed: dict[str, Any], field: str
) -> None:
    response = post_launch(client, **changed)

    assert response.status_code == 422
    assert response.json is not None
    errors = response.json["errors"]
    assert field in errors
    assert client.get("/sessions", headers={"X-Api-Key": LMS_KEY}).json["sessions"] == []  # type: ignore[index]  # a page


def test_another_student_cannot_take_the_session_over(client: FlaskClient) -> None:
    post_launch(client)

    response = post_launch(client, student="learner-8")

    assert response.status_code == 422
    assert response.json is not None
    assert "student" in response.json["errors"]


def test_the_student_of_the_lms_wins_over_the_vendors(client: FlaskClient) -> None:
    post_launch(client)
    report_body = body(identifier="exam-1-learner-7", student="another")
    client.post("/webhooks/supervisor", data=report_body, headers={"X-Api-Key": VENDOR_KEY})

    payload = client.get("/sessions/exam-1-learner-7", headers={"X-Api-Key": LMS_KEY}).json

    assert payload is not None
    assert (payload["student"], payload["exam"], payload["status"]) == (
        "learner-7",
        "exam-1",
        "stopped",
    )


def test_a_nickname_cannot_break_out_of_the_page(client: FlaskClient) -> None:
    html = launch_session(
        client, nickname='"></script><script>alert(1)</script>', subject="<b>&\"'"
    )["launch"]["html"]

    assert "alert(1)" not in html["script"] + html["attributes"]


def test_only_the_lms_may_launch(client: FlaskClient) -> None:
    assert post_launch(client, key=VENDOR_KEY).status_code == 401
