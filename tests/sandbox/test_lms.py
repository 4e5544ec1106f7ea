"""The sandbox LMS, over real HTTP."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import HTTPServer
from typing import Any

import pytest
import requests
from standardwebhooks import Webhook
from werkzeug.serving import make_server

from sandbox.lms.app import QuietRequestHandler, create_lms

SECRET = "whsec_c2FuZGJveC1zZWNyZXQtb2YtdGhlLXRlc3Rz"
OTHER_SECRET = "whsec_YW5vdGhlci1zZWNyZXQtb2YtdGhlLXRlc3Rz"
VIOLATION_HOLD = {
    "kind": "violation",
    "since": "2026-05-04T09:00:00.000Z",
    "detail": "average of c4 is 27",
}


@pytest.fixture
def lms_url(serve: Callable[[HTTPServer], str]) -> str:
    """The address of a sandbox LMS."""
    return serve(
        make_server(
            "127.0.0.1", 0, create_lms(SECRET), threaded=True, request_handler=QuietRequestHandler
        )
    )


def outcome_message(
    revision: int, outcome: str = "rejected", identifier: str = "s-1"
) -> dict[str, Any]:
    data = {
        "identifier": identifier,
        "revision": revision,
        "outcome": outcome,
        "reasons": [{"detail": "seen"}],
    }
    return {"type": "session.outcome", "data": data}


def lock_message(revision: int, *holds: dict[str, str]) -> dict[str, Any]:
    data = {"identifier": "s-1", "revision": revision, "locked": bool(holds), "holds": list(holds)}
    return {"type": "session.lock", "data": data}


def push(lms_url: str, message: dict[str, Any], **headers: str) -> requests.Response:
    """Send a message as the service does: signed, under `<identifier>.<topic>.<revision>`."""
    body, data = json.dumps(message), message["data"]
    signature_headers = sign(
        f"{data['identifier']}.{message['type'].removeprefix('session.')}.{data['revision']}", body
    )
    return requests.post(
        f"{lms_url}/hook", data=body, headers={**signature_headers, **headers}, timeout=5
    )


def sign(
    webhook_id: str, body: str, secret: str = SECRET, signed_at: datetime | None = None
) -> dict[str, str]:
    timestamp = signed_at or datetime.now(UTC)
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(int(timestamp.timestamp())),
        "webhook-signature": Webhook(secret).sign(webhook_id, timestamp, body),
    }


def received(lms_url: str) -> Any:
    return requests.get(f"{lms_url}/messages", timeout=5).json()


def set_behaviour(lms_url: str, behaviour: object) -> requests.Response:
    return requests.post(f"{lms_url}/behaviour", json=behaviour, timeout=5)


def test_it_keeps_the_newest_message_of_each_topic(lms_url: str) -> None:
    for message in (
        outcome_message(1, "pending"),
        lock_message(2, VIOLATION_HOLD),
        outcome_message(3, "accepted"),
    ):
        assert push(lms_url, message).status_code == 200
    assert [message["revision"] for message in received(lms_url)["messages"]] == [1, 2, 3]
    session = received(lms_url)["sessions"]["s-1"]
    assert (session["outcome"], session["locked"], session["holds"]) == (
        "accepted",
        True,
        [VIOLATION_HOLD],
    )


def test_a_session_without_a_lock_message_is_open(lms_url: str) -> None:
    push(lms_url, outcome_message(1))
    assert received(lms_url)["sessions"]["s-1"]["locked"] is False


def test_repeats_are_answered_200_and_dropped(lms_url: str) -> None:
    assert [push(lms_url, outcome_message(1)).status_code for _ in range(3)] == [200, 200, 200]
    assert (len(received(lms_url)["messages"]), received(lms_url)["repeats"]) == (1, 2)


def test_an_older_revision_arriving_later_is_flagged_and_changes_nothing(lms_url: str) -> None:
    push(lms_url, outcome_message(5, "accepted"))
    push(lms_url, outcome_message(4, "rejected"))
    push(lms_url, lock_message(1))
    assert received(lms_url)["out_of_order"] == ["s-1.outcome.4"]
    assert received(lms_url)["sessions"]["s-1"]["outcome"] == "accepted"


BODY = json.dumps(outcome_message(1))
VALID_HEADERS = sign("s-1.outcome.1", BODY)
INVALID_HEADERS = {
    "no headers": {},
    "no signature": {
        name: value for name, value in VALID_HEADERS.items() if name != "webhook-signature"
    },
    "another secret": sign("s-1.outcome.1", BODY, OTHER_SECRET),
    "another body": sign("s-1.outcome.1", BODY + " "),
    "another id": {**VALID_HEADERS, "webhook-id": "s-2.outcome.1"},
    "signed an hour ago": sign(
        "s-1.outcome.1", BODY, signed_at=datetime.now(UTC) - timedelta(hours=1)
    ),
    "time is no number": {**VALID_HEADERS, "webhook-timestamp": "soon"},
    "time is not a time": {**VALID_HEADERS, "webhook-timestamp": "nan"},
    "signature without a version": {**VALID_HEADERS, "webhook-signature": "abc"},
    "signature with two commas": {**VALID_HEADERS, "webhook-signature": "v1,a,b"},
    "signature is not base64": {**VALID_HEADERS, "webhook-signature": "v1,a"},
    "signature is not ASCII": {**VALID_HEADERS, "webhook-signature": "v1,\xe9\xe9\xe9\xe9"},
}


@pytest.mark.parametrize("headers", INVALID_HEADERS.values(), ids=INVALID_HEADERS.keys())
def test_an_invalid_signature_is_rejected_with_401_as_json(
    lms_url: str, headers: dict[str, str]
) -> None:
    response = requests.post(f"{lms_url}/hook", data=BODY, headers=headers, timeout=5)
    assert (response.status_code, list(response.json())) == (401, ["error"])
    assert received(lms_url)["messages"] == []


@pytest.mark.parametrize(
    "body", ["", "no JSON", "[]", "{}", '{"type": 1, "data": {}}', '{"type": "session.lock"}']
)
def test_a_signed_body_that_is_no_message_is_refused_with_400(lms_url: str, body: str) -> None:
    response = requests.post(
        f"{lms_url}/hook", data=body, headers=sign("s-1.outcome.1", body), timeout=5
    )
    assert (response.status_code, list(response.json())) == (400, ["error"])


def test_a_signed_body_that_is_not_text_is_refused(lms_url: str) -> None:
    response = requests.post(
        f"{lms_url}/hook", data=b"\xff", headers=sign("s-1.outcome.1", "?"), timeout=5
    )
    assert response.status_code == 401


def test_set_to_fail_three_times_it_stores_nothing_three_times_and_then_succeeds(
    lms_url: str,
) -> None:
    assert set_behaviour(lms_url, {"status": 503, "times": 3, "retry_after": 2}).status_code == 204
    responses = [push(lms_url, outcome_message(1)) for _ in range(4)]
    assert [response.status_code for response in responses] == [503, 503, 503, 200]
    assert [response.headers.get("Retry-After") for response in responses] == ["2", "2", "2", None]
    assert (received(lms_url)["rejected"], len(received(lms_url)["messages"])) == (3, 1)


def test_set_to_fail_without_a_limit_it_fails_until_reset(lms_url: str) -> None:
    set_behaviour(lms_url, {"status": 410})
    assert [push(lms_url, outcome_message(1)).status_code for _ in range(4)] == [410] * 4
    set_behaviour(lms_url, {})
    assert push(lms_url, outcome_message(1)).status_code == 200


def test_with_a_delay_it_stores_the_message_before_it_responds(lms_url: str) -> None:
    set_behaviour(lms_url, {"delay": 0.3})
    started = time.monotonic()
    assert push(lms_url, outcome_message(1)).status_code == 200
    assert time.monotonic() - started >= 0.3


def test_an_invalid_signature_is_rejected_under_any_behaviour_and_does_not_count(
    lms_url: str,
) -> None:
    set_behaviour(lms_url, {"status": 503, "times": 1})
    assert push(lms_url, outcome_message(1), **{"webhook-signature": "v1,AAAA"}).status_code == 401
    assert push(lms_url, outcome_message(1)).status_code == 503


@pytest.mark.parametrize(
    "behaviour",
    [
        [],
        "503",
        {"status": "503"},
        {"status": 99},
        {"status": True},
        {"times": -1},
        {"times": 1.5},
        {"speed": 1},
    ],
    ids=json.dumps,
)
def test_an_invalid_behaviour_is_rejected_and_changes_nothing(
    lms_url: str, behaviour: object
) -> None:
    assert set_behaviour(lms_url, behaviour).status_code == 400
    assert push(lms_url, outcome_message(1)).status_code == 200


def test_another_site_in_the_browser_cannot_change_its_behaviour(lms_url: str) -> None:
    response = requests.post(
        f"{lms_url}/behaviour",
        data='{"status": 503}',
        headers={"Content-Type": "text/plain"},
        timeout=5,
    )
    assert response.status_code == 415


def test_its_page_escapes_message_content_and_loads_nothing_from_elsewhere(lms_url: str) -> None:
    push(lms_url, outcome_message(1, "<script>alert(1)</script>", identifier="<b>s</b>"))
    page = requests.get(f"{lms_url}/", timeout=5)
    assert "&lt;script&gt;alert(1)" in page.text
    assert "&lt;b&gt;s&lt;/b&gt;" in page.text
    assert not any(
        forbidden_text in page.text
        for forbidden_text in ("<script", "<b>", "http:", "https:", "src=")
    )
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_its_page_marks_what_is_locked_and_what_came_out_of_order(lms_url: str) -> None:
    for message in (outcome_message(2), outcome_message(1), lock_message(3, VIOLATION_HOLD)):
        push(lms_url, message)
    page = requests.get(f"{lms_url}/", timeout=5).text
    assert page.count("out of order</span>") == 2  # the sum, and the line in the log
    assert "violation: average of c4 is 27" in page
