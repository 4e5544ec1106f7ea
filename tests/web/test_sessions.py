"""Asking as the LMS does, on both databases."""

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from proctor_results.web.session_json import ChangesSchema, SessionSchema
from tests.conftest import LMS_KEY, VENDOR_KEY
from tests.reports import IDENTIFIER, SAMPLE, accepted, body, rejected


def ask(client: FlaskClient, path: str, **headers: str) -> TestResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.get(path, headers={"Authorization": f"Bearer {LMS_KEY}", **named})


def post(client: FlaskClient, *bodies: bytes) -> None:
    for said in bodies:
        assert client.post("/webhooks/supervisor", data=said, headers={"X-Api-Key": VENDOR_KEY}).status_code == 200


def test_a_session_is_shown_in_the_words_of_the_contract(client: FlaskClient) -> None:
    post(client, SAMPLE, rejected(comment="somebody else"))

    shown = ask(client, f"/sessions/{IDENTIFIER}").json

    assert shown is not None
    assert SessionSchema().validate(shown) == {}
    assert shown.items() >= {"status": "rejected", "outcome": "rejected", "final": True, "locked": True}.items()
    assert shown["holds"][0]["detail"] == "rejected by proctor proctor-2: somebody else"
    assert shown["averages"]["n1"] == 36


def test_a_session_known_by_its_identifier_only_is_shown_whole(client: FlaskClient) -> None:
    post(client, b'{"identifier":"a"}')

    shown = ask(client, "/sessions/a").json

    assert shown is not None
    assert SessionSchema().validate(shown) == {}
    assert (shown["status"], shown["score"], shown["averages"]) == ("created", None, {})


def test_an_unchanged_session_is_not_sent_again(client: FlaskClient) -> None:
    post(client, SAMPLE)
    etag = ask(client, f"/sessions/{IDENTIFIER}").headers["ETag"]

    again = ask(client, f"/sessions/{IDENTIFIER}", If_None_Match=etag)

    assert (again.status_code, again.data) == (304, b"")


def test_a_changed_session_has_another_etag(client: FlaskClient) -> None:
    post(client, SAMPLE)
    etag = ask(client, f"/sessions/{IDENTIFIER}").headers["ETag"]
    post(client, accepted())

    assert ask(client, f"/sessions/{IDENTIFIER}", If_None_Match=etag).status_code == 200


def test_an_unknown_session_is_not_found(client: FlaskClient) -> None:
    assert ask(client, "/sessions/nobody").status_code == 404


@pytest.mark.parametrize("path", ["/sessions", f"/sessions/{IDENTIFIER}"])
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Api-Key": VENDOR_KEY},
        {"Authorization": f"Bearer {VENDOR_KEY}"},
        {"Authorization": f"Basic {LMS_KEY}"},
        {"Authorization": "Bearer"},
        {"Authorization": f"Bearer {LMS_KEY} {LMS_KEY}"},
    ],
    ids=["none", "the vendor's", "the vendor's as bearer", "another scheme", "no token", "two tokens"],
)
def test_nobody_but_the_lms_is_told(client: FlaskClient, path: str, headers: dict[str, str]) -> None:
    answer = client.get(path, headers=headers)

    assert answer.status_code == 401
    assert "WWW-Authenticate" in answer.headers


def test_the_lms_may_send_its_key_in_either_header(client: FlaskClient) -> None:
    assert client.get("/sessions", headers={"X-Api-Key": LMS_KEY}).status_code == 200
    assert client.get("/sessions", headers={"Authorization": f"bearer {LMS_KEY}"}).status_code == 200


def test_the_feed_pages_through_everything(client: FlaskClient) -> None:
    post(client, *(body(identifier=f"session-{number}") for number in range(5)))

    read, after, more = [], "0", True
    while more:
        page = ask(client, f"/sessions?after={after}&limit=2").json
        assert page is not None
        assert ChangesSchema().validate(page) == {}
        read += [session["identifier"] for session in page["sessions"]]
        after, more = page["next"], page["more"]

    assert read == [f"session-{number}" for number in range(5)]


def test_an_empty_page_gives_the_same_cursor_back(client: FlaskClient) -> None:
    page = ask(client, "/sessions?after=7").json

    assert page == {"sessions": [], "next": "7", "more": False}


@pytest.mark.parametrize("query", ["after=x", "after=-1", "limit=0", "limit=1001", f"after={10**30}", "after=1.5"])
def test_a_wrong_page_is_named(client: FlaskClient, query: str) -> None:
    answer = ask(client, f"/sessions?{query}")

    assert answer.status_code == 422
    assert answer.json is not None
    assert query.partition("=")[0] in answer.json["errors"]


@pytest.mark.parametrize(
    "path", ["/sessions/..%2f..", "/sessions/a%00b", "/sessions/%F0%9F%98%80", "/sessions/" + "x" * 3000]
)
def test_strange_identifiers_are_just_not_found(client: FlaskClient, path: str) -> None:
    assert ask(client, path).status_code == 404
