"""Every log line is one JSON object without payload, key or name, whatever a client sends."""

import json
import time
from collections.abc import Callable

import pytest
import requests

from proctor_results.logs.output import WRITE_INTERVAL
from tests.support.gunicorn_server import GunicornServer, build_request
from tests.support.operator_browser import csrf_token_in
from tests.support.worker_fixtures import wait_until

FORGED_LINE = '\n{"event": "forged"}\r\n\x1b[31m'
SECRET_MARK = "a-mark-that-no-log-may-hold"
CONNECTION_CLOSE = b"Connection: close"


def webhook_request(server: GunicornServer, payload: object, *headers: bytes) -> bytes:
    body, key = (
        json.dumps(payload).encode(),
        b"X-Api-Key: " + server.demo_environment.vendor_key.encode(),
    )
    length = b"Content-Length: %d" % len(body)
    return build_request(
        "/webhooks/supervisor", key, length, CONNECTION_CLOSE, *headers, method="POST", body=body
    )


HOSTILE_REQUESTS: dict[str, Callable[[GunicornServer], bytes]] = {
    "a forged line in an identifier": lambda server: webhook_request(
        server, {"identifier": FORGED_LINE}
    ),
    "a forged line in a field's name": lambda server: webhook_request(
        server, {"identifier": "a", FORGED_LINE: FORGED_LINE + "\0"}
    ),
    "a forged line in a status": lambda server: webhook_request(
        server, {"identifier": "a", "status": FORGED_LINE}
    ),
    "names of people": lambda server: webhook_request(
        server,
        {"identifier": "a", "student": SECRET_MARK, "proctor": SECRET_MARK, "comment": SECRET_MARK},
    ),
    "a payload that is wrong": lambda server: webhook_request(
        server, {"identifier": "a", "score": SECRET_MARK}
    ),
    "a payload that is none": lambda server: webhook_request(server, SECRET_MARK),
    "a strange user agent": lambda server: webhook_request(
        server, {"identifier": "a"}, b"User-Agent: \xff\xfe{};" + SECRET_MARK.encode()
    ),
    "a strange request id": lambda server: webhook_request(
        server, {"identifier": "a"}, b'X-Request-Id: "' + SECRET_MARK.encode()
    ),
    "a strange encoding": lambda server: webhook_request(
        server, {"identifier": "a"}, b"Content-Encoding: \xff" + SECRET_MARK.encode()
    ),
    "a forged line in a path": lambda _: build_request(
        "/sessions/%0a%7b%22event%22:1%7d%1b[31m" + SECRET_MARK, CONNECTION_CLOSE
    ),
    "a forged line in a header": lambda _: build_request(
        "/healthz", b"A: b\n" + SECRET_MARK.encode()
    ),
    "a key without a colon": lambda _: build_request(
        "/healthz", b"X-Api-Key " + SECRET_MARK.encode()
    ),
    "a token in an address that is none": lambda _: (
        b"GET /" + SECRET_MARK.encode() + b"\x1b HTTP/1.1\r\n\r\n"
    ),
    "a wrong key": lambda _: build_request(
        "/sessions", b"X-Api-Key: " + SECRET_MARK.encode(), CONNECTION_CLOSE
    ),
    "a wrong token": lambda _: build_request(
        "/sessions/a/heartbeats",
        b"Authorization: Bearer " + SECRET_MARK.encode(),
        CONNECTION_CLOSE,
        method="POST",
    ),
    "a wrong host": lambda _: build_request(
        "/docs", b"X-Forwarded-Host: " + SECRET_MARK.encode(), CONNECTION_CLOSE
    ),
}


@pytest.mark.parametrize("build_request", HOSTILE_REQUESTS.values(), ids=HOSTILE_REQUESTS.keys())
def test_a_log_line_stays_one_object_without_request_data(
    gunicorn_server: GunicornServer, build_request: Callable[[GunicornServer], bytes]
) -> None:
    before = len(gunicorn_server.log)

    assert gunicorn_server.exchange(build_request(gunicorn_server))
    time.sleep(3 * WRITE_INTERVAL)  # a thread of its own writes an unknown number of lines

    lines = [json.loads(line) for line in gunicorn_server.log[before:].splitlines()]
    assert all(isinstance(line, dict) and line["event"] != "forged" for line in lines)
    assert SECRET_MARK not in gunicorn_server.log[before:]


def test_a_login_attempt_is_logged_without_its_input(gunicorn_server: GunicornServer) -> None:
    before, sign_in_url = (
        len(gunicorn_server.log),
        f"{gunicorn_server.demo_environment.web_url}/dashboard/sign-in",
    )

    with requests.Session() as browser:
        csrf = csrf_token_in(browser.get(sign_in_url, timeout=20).text)
        typed = {"csrf_token": csrf, "name": SECRET_MARK + FORGED_LINE, "password": SECRET_MARK}
        assert browser.post(sign_in_url, typed, timeout=20).status_code == 401

    wait_until(lambda: '"operator.sign_in"' in gunicorn_server.log[before:])
    (line,) = (
        json.loads(line_text)
        for line_text in gunicorn_server.log[before:].splitlines()
        if '"operator.sign_in"' in line_text
    )
    assert (line["event"], line["result"]) == ("operator.sign_in", "failed")
    assert SECRET_MARK not in gunicorn_server.log[before:]


def test_every_log_line_is_json(gunicorn_server: GunicornServer) -> None:
    """Check also the lines of gunicorn, and those of all earlier tests."""
    lines = [json.loads(line) for line in gunicorn_server.log.splitlines()]

    assert "Listening at" in lines[1]["event"]
    assert not any(secret in gunicorn_server.log for secret in secrets_of(gunicorn_server))


def secrets_of(server: GunicornServer) -> list[str]:
    environment = server.demo_environment
    return [
        environment.vendor_key,
        environment.lms_key,
        environment.lms_secret,
        environment.secret_key,
        environment.supervisor_secret,
    ]
