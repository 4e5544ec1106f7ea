"""Requests that are too large outside their bodies.

Large bodies are tested in `tests/gunicorn_buffered/test_worker.py`.
"""

import pytest

from tests.support.gunicorn_server import GunicornServer, build_request, response_statuses

CONNECTION_CLOSE = b"Connection: close"

OVERSIZED_REQUESTS = {
    "the address": (build_request("/" + "a" * 4100, CONNECTION_CLOSE), 414),
    "the query": (build_request("/sessions?after=" + "1" * 4100, CONNECTION_CLOSE), 414),
    "one header": (build_request("/healthz", CONNECTION_CLOSE, b"A: " + b"b" * 8200), 431),
    "the name of a header": (
        build_request("/healthz", CONNECTION_CLOSE, b"A" * 8200 + b": b"),
        431,
    ),
    "the number of headers": (
        build_request("/healthz", CONNECTION_CLOSE, *[b"A%d: b" % number for number in range(60)]),
        431,
    ),
    "all headers together": (
        build_request("/healthz", CONNECTION_CLOSE, *[b"A: " + b"b" * 8000] * 9),
        200,
    ),
    "more than all headers may be": (
        build_request("/healthz", CONNECTION_CLOSE, *[b"A: " + b"b" * 8000] * 40),
        431,
    ),
    "the key": (build_request("/sessions", CONNECTION_CLOSE, b"X-Api-Key: " + b"k" * 8000), 401),
    "the token": (
        build_request(
            "/sessions/a/heartbeats",
            CONNECTION_CLOSE,
            b"Authorization: Bearer " + b"a." * 4000,
            method="POST",
        ),
        401,
    ),
    "the cursor": (build_request("/sessions?after=" + "9" * 4000, CONNECTION_CLOSE), 401),
}


@pytest.mark.parametrize(
    ("oversized", "status"), OVERSIZED_REQUESTS.values(), ids=OVERSIZED_REQUESTS.keys()
)
def test_an_oversized_request_is_refused(
    gunicorn_server: GunicornServer, oversized: bytes, status: int
) -> None:
    assert response_statuses(gunicorn_server.exchange(oversized)) == [status]


@pytest.mark.parametrize("name", ["after", "limit"])
def test_a_number_of_any_length_is_only_invalid(gunicorn_server: GunicornServer, name: str) -> None:
    key = b"X-Api-Key: " + gunicorn_server.demo_environment.lms_key.encode()

    assert response_statuses(
        gunicorn_server.exchange(
            build_request(f"/sessions?{name}={'9' * 4000}", CONNECTION_CLOSE, key)
        )
    ) == [422]
