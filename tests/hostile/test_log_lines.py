"""Whatever a stranger sends, a line of the log is one JSON object, and holds no payload, key or name."""

import json
import time
from collections.abc import Callable

import pytest
import requests

from proctor_results.log_lines import WRITE_EVERY
from tests.operators import token_in
from tests.serving.doors import Door, request
from tests.workplace import until

FORGED = '\n{"event": "forged"}\r\n\x1b[31m'
MARK = "a-mark-that-no-log-may-hold"
CLOSE = b"Connection: close"


def post(door: Door, said: object, *headers: bytes) -> bytes:
    body, key = json.dumps(said).encode(), b"X-Api-Key: " + door.premises.vendor_key.encode()
    length = b"Content-Length: %d" % len(body)
    return request("/webhooks/supervisor", key, length, CLOSE, *headers, method="POST", body=body)


SENT: dict[str, Callable[[Door], bytes]] = {
    "a forged line in an identifier": lambda door: post(door, {"identifier": FORGED}),
    "a forged line in a field's name": lambda door: post(door, {"identifier": "a", FORGED: FORGED + "\0"}),
    "a forged line in a status": lambda door: post(door, {"identifier": "a", "status": FORGED}),
    "names of people": lambda door: post(door, {"identifier": "a", "student": MARK, "proctor": MARK, "comment": MARK}),
    "a payload that is wrong": lambda door: post(door, {"identifier": "a", "score": MARK}),
    "a payload that is none": lambda door: post(door, MARK),
    "a strange user agent": lambda door: post(door, {"identifier": "a"}, b"User-Agent: \xff\xfe{};" + MARK.encode()),
    "a strange request id": lambda door: post(door, {"identifier": "a"}, b'X-Request-Id: "' + MARK.encode()),
    "a strange encoding": lambda door: post(door, {"identifier": "a"}, b"Content-Encoding: \xff" + MARK.encode()),
    "a forged line in a path": lambda _: request("/sessions/%0a%7b%22event%22:1%7d%1b[31m" + MARK, CLOSE),
    "a forged line in a header": lambda _: request("/healthz", b"A: b\n" + MARK.encode()),
    "a key without a colon": lambda _: request("/healthz", b"X-Api-Key " + MARK.encode()),
    "a token in an address that is none": lambda _: b"GET /" + MARK.encode() + b"\x1b HTTP/1.1\r\n\r\n",
    "a wrong key": lambda _: request("/sessions", b"X-Api-Key: " + MARK.encode(), CLOSE),
    "a wrong token": lambda _: request(
        "/sessions/a/heartbeats", b"Authorization: Bearer " + MARK.encode(), CLOSE, method="POST"
    ),
    "a wrong host": lambda _: request("/docs", b"X-Forwarded-Host: " + MARK.encode(), CLOSE),
}


@pytest.mark.parametrize("made", SENT.values(), ids=SENT.keys())
def test_a_line_stays_one_object_without_what_was_sent(opened: Door, made: Callable[[Door], bytes]) -> None:
    before = len(opened.log)

    assert opened.told(made(opened))
    time.sleep(3 * WRITE_EVERY)  # a thread of its own writes them, and nobody knows how many there will be

    lines = [json.loads(line) for line in opened.log[before:].splitlines()]
    assert all(isinstance(line, dict) and line["event"] != "forged" for line in lines)
    assert MARK not in opened.log[before:]


def test_a_try_to_sign_in_is_logged_without_what_was_typed(opened: Door) -> None:
    before, address = len(opened.log), f"{opened.premises.web}/dashboard/sign-in"

    with requests.Session() as browser:
        csrf = token_in(browser.get(address, timeout=20).text)
        typed = {"csrf_token": csrf, "name": MARK + FORGED, "password": MARK}
        assert browser.post(address, typed, timeout=20).status_code == 401

    until(lambda: "tried_to_sign_in" in opened.log[before:])
    (line,) = (json.loads(each) for each in opened.log[before:].splitlines() if "tried_to_sign_in" in each)
    assert (line["event"], line["came_in"]) == ("operator.tried_to_sign_in", False)
    assert MARK not in opened.log[before:]


def test_no_line_at_all_is_anything_else(opened: Door) -> None:
    """Those of gunicorn itself too, and those of all tests that knocked at this door before."""
    lines = [json.loads(line) for line in opened.log.splitlines()]

    assert "Listening at" in lines[1]["event"]
    assert not any(secret in opened.log for secret in secrets_of(opened))


def secrets_of(door: Door) -> list[str]:
    made = door.premises
    return [made.vendor_key, made.lms_key, made.lms_secret, made.secret_key, made.supervisor_secret]
