"""The LMS reads sessions, on both databases."""

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from proctor_results.sessions.schemas import ChangesSchema, SessionSchema
from tests.conftest import LMS_KEY, VENDOR_KEY
from tests.support.reports import IDENTIFIER, SAMPLE, accepted, body, rejected


def get(client: FlaskClient, path: str, **headers: str) -> TestResponse:
    request_headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.get(path, headers={"Authorization": f"Bearer {LMS_KEY}", **request_headers})


def post_webhooks(client: FlaskClient, *bodies: bytes) -> None:
    for report_body in bodies:
        assert (
            client.post(
                "/webhooks/supervisor", data=report_body, headers={"X-Api-Key": VENDOR_KEY}
            ).status_code
            == 200
        )


def test_a_session_matches_the_documented_schema(client: FlaskClient) -> None:
    post_webhooks(client, SAMPLE, rejected(comment="another person"))

    payload = get(client, f"/sessions/{IDENTIFIER}").json

    assert payload is not None
    assert SessionSchema().validate(payload) == {}
    assert (
        payload.items()
        >= {"status": "rejected", "outcome": "rejected", "final": True, "locked": True}.items()
    )
    assert payload["holds"][0]["detail"] == "rejected by proctor proctor-2: another person"
    assert payload["averages"]["n1"] == 36


def test_a_session_known_by_its_identifier_only_is_shown_whole(client: FlaskClient) -> None:
    post_webhooks(client, b'{"identifier":"a"}')

    payload = get(client, "/sessions/a").json

    assert payload is not None
    assert SessionSchema().validate(payload) == {}
    assert (payload["status"], payload["score"], payload["averages"]) == ("created", None, {})


def test_an_unchanged_session_is_not_sent_again(client: FlaskClient) -> None:
    post_webhooks(client, SAMPLE)
    etag = get(client, f"/sessions/{IDENTIFIER}").headers["ETag"]

    second = get(client, f"/sessions/{IDENTIFIER}", If_None_Match=etag)

    assert (second.status_code, second.data) == (304, b"")


def test_a_changed_session_has_another_etag(client: FlaskClient) -> None:
    post_webhooks(client, SAMPLE)
    etag = get(client, f"/sessions/{IDENTIFIER}").headers["ETag"]
    post_webhooks(client, accepted())

    assert get(client, f"/sessions/{IDENTIFIER}", If_None_Match=etag).status_code == 200


def test_an_unknown_session_is_not_found(client: FlaskClient) -> None:
    assert get(client, "/sessions/unknown").status_code == 404


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
    ids=[
        "none",
        "the vendor's",
        "the vendor's as bearer",
        "another scheme",
        "no token",
        "two tokens",
    ],
)
def test_only_the_lms_may_read_sessions(
    client: FlaskClient, path: str, headers: dict[str, str]
) -> None:
    response = client.get(path, headers=headers)

    assert response.status_code == 401
    assert "WWW-Authenticate" in response.headers


def test_the_lms_may_send_its_key_in_either_header(client: FlaskClient) -> None:
    assert client.get("/sessions", headers={"X-Api-Key": LMS_KEY}).status_code == 200
    assert (
        client.get("/sessions", headers={"Authorization": f"bearer {LMS_KEY}"}).status_code == 200
    )


def test_the_feed_pages_through_everything(client: FlaskClient) -> None:
    post_webhooks(client, *(body(identifier=f"session-{number}") for number in range(5)))

    identifiers, after, more = [], "0", True
    while more:
        page = get(client, f"/sessions?after={after}&limit=2").json
        assert page is not None
        assert ChangesSchema().validate(page) == {}
        identifiers += [session["identifier"] for session in page["sessions"]]
        after, more = page["next"], page["more"]

    assert identifiers == [f"session-{number}" for number in range(5)]


def test_an_empty_page_gives_the_same_cursor_back(client: FlaskClient) -> None:
    page = get(client, "/sessions?after=7").json

    assert page == {"sessions": [], "next": "7", "more": False}


@pytest.mark.parametrize(
    "query", ["after=x", "after=-1", "limit=0", "limit=1001", f"after={10**30}", "after=1.5"]
)
def test_a_wrong_page_is_named(client: FlaskClient, query: str) -> None:
    response = get(client, f"/sessions?{query}")

    assert response.status_code == 422
    assert response.json is not None
    assert query.partition("=")[0] in response.json["errors"]


@pytest.mark.parametrize(
    "path",
    ["/sessions/..%2f..", "/sessions/a%00b", "/sessions/%F0%9F%98%80", "/sessions/" + "x" * 3000],
)
def test_strange_identifiers_are_just_not_found(client: FlaskClient, path: str) -> None:
    assert get(client, path).status_code == 404
