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

from proctor_results.sandbox.lms import Handler, create_lms

SECRET = "whsec_c2FuZGJveC1zZWNyZXQtb2YtdGhlLXRlc3Rz"
OTHER_SECRET = "whsec_YW5vdGhlci1zZWNyZXQtb2YtdGhlLXRlc3Rz"
HOLD = {"kind": "violation", "since": "2026-05-04T09:00:00.000Z", "detail": "average of c4 is 27"}


@pytest.fixture
def lms(serve: Callable[[HTTPServer], str]) -> str:
    """The address of a sandbox LMS."""
    return serve(make_server("127.0.0.1", 0, create_lms(SECRET), threaded=True, request_handler=Handler))


def outcome(revision: int, outcome: str = "rejected", identifier: str = "s-1") -> dict[str, Any]:
    data = {"identifier": identifier, "revision": revision, "outcome": outcome, "reasons": [{"detail": "seen"}]}
    return {"type": "session.outcome", "data": data}


def lock(revision: int, *holds: dict[str, str]) -> dict[str, Any]:
    data = {"identifier": "s-1", "revision": revision, "locked": bool(holds), "holds": list(holds)}
    return {"type": "session.lock", "data": data}


def tell(lms: str, message: dict[str, Any], **headers: str) -> requests.Response:
    """Pushes as the service must: signed, under `<identifier>.<topic>.<revision>`."""
    body, data = json.dumps(message), message["data"]
    signed = signature(f"{data['identifier']}.{message['type'].removeprefix('session.')}.{data['revision']}", body)
    return requests.post(f"{lms}/hook", data=body, headers={**signed, **headers}, timeout=5)


def signature(webhook_id: str, body: str, secret: str = SECRET, at: datetime | None = None) -> dict[str, str]:
    now = at or datetime.now(UTC)
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign(webhook_id, now, body),
    }


def told(lms: str) -> Any:
    return requests.get(f"{lms}/told", timeout=5).json()


def behave(lms: str, how: object) -> requests.Response:
    return requests.post(f"{lms}/behave", json=how, timeout=5)


def test_it_holds_what_it_was_told_last_of_each_topic(lms: str) -> None:
    for message in (outcome(1, "pending"), lock(2, HOLD), outcome(3, "accepted")):
        assert tell(lms, message).status_code == 200
    assert [message["revision"] for message in told(lms)["messages"]] == [1, 2, 3]
    session = told(lms)["sessions"]["s-1"]
    assert (session["outcome"], session["locked"], session["holds"]) == ("accepted", True, [HOLD])


def test_a_session_without_a_lock_message_is_open(lms: str) -> None:
    tell(lms, outcome(1))
    assert told(lms)["sessions"]["s-1"]["locked"] is False


def test_repeats_are_answered_well_and_dropped(lms: str) -> None:
    assert [tell(lms, outcome(1)).status_code for _ in range(3)] == [200, 200, 200]
    assert (len(told(lms)["messages"]), told(lms)["repeats"]) == (1, 2)


def test_an_older_revision_arriving_later_is_flagged_and_overrules_nothing(lms: str) -> None:
    tell(lms, outcome(5, "accepted"))
    tell(lms, outcome(4, "rejected"))
    tell(lms, lock(1))
    assert told(lms)["out_of_order"] == ["s-1.outcome.4"]
    assert told(lms)["sessions"]["s-1"]["outcome"] == "accepted"


BODY = json.dumps(outcome(1))
GOOD = signature("s-1.outcome.1", BODY)
BAD_HEADERS = {
    "no headers": {},
    "no signature": {name: value for name, value in GOOD.items() if name != "webhook-signature"},
    "another secret": signature("s-1.outcome.1", BODY, OTHER_SECRET),
    "another body": signature("s-1.outcome.1", BODY + " "),
    "another id": {**GOOD, "webhook-id": "s-2.outcome.1"},
    "signed an hour ago": signature("s-1.outcome.1", BODY, at=datetime.now(UTC) - timedelta(hours=1)),
    "time is no number": {**GOOD, "webhook-timestamp": "soon"},
    "time is not a time": {**GOOD, "webhook-timestamp": "nan"},
    "signature without a version": {**GOOD, "webhook-signature": "abc"},
    "signature with two commas": {**GOOD, "webhook-signature": "v1,a,b"},
    "signature is not base64": {**GOOD, "webhook-signature": "v1,a"},
    "signature is not ASCII": {**GOOD, "webhook-signature": "v1,\xe9\xe9\xe9\xe9"},
}


@pytest.mark.parametrize("headers", BAD_HEADERS.values(), ids=BAD_HEADERS.keys())
def test_what_is_not_signed_for_it_is_refused_with_401_as_json(lms: str, headers: dict[str, str]) -> None:
    answer = requests.post(f"{lms}/hook", data=BODY, headers=headers, timeout=5)
    assert (answer.status_code, list(answer.json())) == (401, ["error"])
    assert told(lms)["messages"] == []


@pytest.mark.parametrize("body", ["", "no JSON", "[]", "{}", '{"type": 1, "data": {}}', '{"type": "session.lock"}'])
def test_a_signed_body_that_is_no_message_is_refused_with_400(lms: str, body: str) -> None:
    answer = requests.post(f"{lms}/hook", data=body, headers=signature("s-1.outcome.1", body), timeout=5)
    assert (answer.status_code, list(answer.json())) == (400, ["error"])


def test_a_signed_body_that_is_not_text_is_refused(lms: str) -> None:
    answer = requests.post(f"{lms}/hook", data=b"\xff", headers=signature("s-1.outcome.1", "?"), timeout=5)
    assert answer.status_code == 401


def test_told_to_fail_three_times_it_keeps_nothing_three_times_and_is_normal_again(lms: str) -> None:
    assert behave(lms, {"status": 503, "times": 3, "retry_after": 2}).status_code == 204
    answers = [tell(lms, outcome(1)) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [503, 503, 503, 200]
    assert [answer.headers.get("Retry-After") for answer in answers] == ["2", "2", "2", None]
    assert (told(lms)["refused"], len(told(lms)["messages"])) == (3, 1)


def test_told_to_fail_without_an_end_it_fails_until_told_otherwise(lms: str) -> None:
    behave(lms, {"status": 410})
    assert [tell(lms, outcome(1)).status_code for _ in range(4)] == [410] * 4
    behave(lms, {})
    assert tell(lms, outcome(1)).status_code == 200


def test_told_to_be_slow_it_takes_the_message_in_before_it_answers(lms: str) -> None:
    behave(lms, {"delay": 0.3})
    begin = time.monotonic()
    assert tell(lms, outcome(1)).status_code == 200
    assert time.monotonic() - begin >= 0.3


def test_a_bad_signature_is_refused_whatever_it_was_told_and_does_not_count(lms: str) -> None:
    behave(lms, {"status": 503, "times": 1})
    assert tell(lms, outcome(1), **{"webhook-signature": "v1,AAAA"}).status_code == 401
    assert tell(lms, outcome(1)).status_code == 503


@pytest.mark.parametrize(
    "how",
    [[], "503", {"status": "503"}, {"status": 99}, {"status": True}, {"times": -1}, {"times": 1.5}, {"speed": 1}],
    ids=json.dumps,
)
def test_a_behaviour_that_cannot_be_meant_is_refused_and_changes_nothing(lms: str, how: object) -> None:
    assert behave(lms, how).status_code == 400
    assert tell(lms, outcome(1)).status_code == 200


def test_another_site_in_the_browser_cannot_change_its_behaviour(lms: str) -> None:
    answer = requests.post(f"{lms}/behave", data='{"status": 503}', headers={"Content-Type": "text/plain"}, timeout=5)
    assert answer.status_code == 415


def test_its_page_escapes_what_it_was_told_and_loads_nothing_from_elsewhere(lms: str) -> None:
    tell(lms, outcome(1, "<script>alert(1)</script>", identifier="<b>s</b>"))
    page = requests.get(f"{lms}/", timeout=5)
    assert "&lt;script&gt;alert(1)" in page.text
    assert "&lt;b&gt;s&lt;/b&gt;" in page.text
    assert not any(loads in page.text for loads in ("<script", "<b>", "http:", "https:", "src="))
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_its_page_marks_what_is_locked_and_what_came_out_of_order(lms: str) -> None:
    for message in (outcome(2), outcome(1), lock(3, HOLD)):
        tell(lms, message)
    page = requests.get(f"{lms}/", timeout=5).text
    assert page.count("out of order</span>") == 2  # the sum, and the line in the log
    assert "violation: average of c4 is 27" in page
