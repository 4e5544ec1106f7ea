"""Launching sessions as the LMS does, on both databases."""

from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from proctor_results.web.launches import LaunchedSchema
from tests.conftest import LMS_KEY, SUPERVISOR_SECRET, VENDOR_KEY
from tests.reports import body

ORDER: dict[str, Any] = {"identifier": "exam-1-learner-7", "student": "learner-7", "exam": "exam-1", "nickname": "Ann"}


def launch(client: FlaskClient, key: str = LMS_KEY, **changes: Any) -> TestResponse:
    order = {name: value for name, value in {**ORDER, **changes}.items() if value is not None}
    return client.post("/sessions", json=order, headers={"X-Api-Key": key})


def launched(client: FlaskClient, **changes: Any) -> dict[str, Any]:
    answer = launch(client, **changes)
    assert answer.status_code in (200, 201), answer.data
    made: dict[str, Any] | None = answer.json
    assert made is not None
    return made


def test_a_launch_answers_with_everything_an_exam_page_needs(client: FlaskClient) -> None:
    answer = launch(client)

    assert answer.status_code == 201
    assert answer.json is not None
    assert LaunchedSchema().validate(answer.json) == {}
    made = answer.json["launch"]
    assert made["heartbeats"] == "https://results.example/sessions/exam-1-learner-7/heartbeats"
    assert made["vendor"]["link"] == f"https://proctoring.example/api/auth/jwt?token={made['vendor']['token']}"
    assert made["vendor"]["report"] == "https://proctoring.example/api/report/exam-1-learner-7"
    assert "reconnect.js" in made["html"]["script"]
    assert "data-supervisor" in made["html"]["attributes"]


def test_the_vendors_token_holds_the_guides_names_and_our_webhook(client: FlaskClient) -> None:
    token = launched(client, subject="Plant safety")["launch"]["vendor"]["token"]

    said = jwt.decode(token, SUPERVISOR_SECRET, algorithms=["HS256"])
    assert (
        said.items()
        >= {
            "username": "learner-7",
            "identifier": "exam-1-learner-7",
            "nickname": "Ann",
            "subject": "Plant safety",
            "template": "default",
            "api": "https://results.example/webhooks/supervisor",
        }.items()
    )
    assert said["exp"] > datetime.now(UTC).timestamp()


def test_the_same_identifier_and_student_resume_the_sitting(client: FlaskClient) -> None:
    first = launched(client)
    again = launch(client)

    assert again.status_code == 200
    assert again.json is not None
    assert (first["launch"]["number"], again.json["launch"]["number"]) == (1, 2)
    assert again.json["session"]["identifier"] == "exam-1-learner-7"


def test_an_identifier_is_made_where_none_is_given(client: FlaskClient) -> None:
    identifiers = {launched(client, identifier=None)["session"]["identifier"] for _ in range(2)}

    assert len(identifiers) == 2


def test_a_proctors_link_is_made_on_request(client: FlaskClient) -> None:
    link = launched(client, proctor="proctor-1")["launch"]["vendor"]["proctor_link"]

    said = jwt.decode(link.partition("token=")[2], SUPERVISOR_SECRET, algorithms=["HS256"])
    assert said.items() >= {"username": "proctor-1", "role": "proctor", "identifier": "exam-1-learner-7"}.items()


YESTERDAY = (datetime.now(UTC) - timedelta(days=1)).isoformat()

REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no student": ({"student": None}, "student"),
    "a student the vendor cannot spell": ({"student": "Ann Smith"}, "student"),
    "an identifier the vendor cannot spell": ({"identifier": "exam.1@learner"}, "identifier"),
    "an identifier nobody can": ({"identifier": "../x"}, "identifier"),
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


@pytest.mark.parametrize(("changed", "field"), REFUSED.values(), ids=REFUSED.keys())
def test_what_the_vendor_would_not_take_is_named(client: FlaskClient, changed: dict[str, Any], field: str) -> None:
    answer = launch(client, **changed)

    assert answer.status_code == 422
    assert answer.json is not None
    errors = answer.json["errors"]
    assert field in errors
    assert client.get("/sessions", headers={"X-Api-Key": LMS_KEY}).json["sessions"] == []  # type: ignore[index]  # a page


def test_another_student_cannot_take_the_session_over(client: FlaskClient) -> None:
    launch(client)

    answer = launch(client, student="learner-8")

    assert answer.status_code == 422
    assert answer.json is not None
    assert "student" in answer.json["errors"]


def test_the_lms_knows_the_student_better_than_the_vendor(client: FlaskClient) -> None:
    launch(client)
    said = body(identifier="exam-1-learner-7", student="somebody")
    client.post("/webhooks/supervisor", data=said, headers={"X-Api-Key": VENDOR_KEY})

    shown = client.get("/sessions/exam-1-learner-7", headers={"X-Api-Key": LMS_KEY}).json

    assert shown is not None
    assert (shown["student"], shown["exam"], shown["status"]) == ("learner-7", "exam-1", "stopped")


def test_a_nickname_cannot_break_out_of_the_page(client: FlaskClient) -> None:
    html = launched(client, nickname='"></script><script>alert(1)</script>', subject="<b>&\"'")["launch"]["html"]

    assert "alert(1)" not in html["script"] + html["attributes"]


def test_only_the_lms_may_launch(client: FlaskClient) -> None:
    assert launch(client, key=VENDOR_KEY).status_code == 401
