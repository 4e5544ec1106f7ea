"""Requests that are too large anywhere but in their bodies, which `tests/serving/test_gate.py` is about."""

import pytest

from tests.serving.doors import Door, request, statuses

CLOSE = b"Connection: close"

TOO_LARGE = {
    "the address": (request("/" + "a" * 4100, CLOSE), 414),
    "the query": (request("/sessions?after=" + "1" * 4100, CLOSE), 414),
    "one header": (request("/healthz", CLOSE, b"A: " + b"b" * 8200), 431),
    "the name of a header": (request("/healthz", CLOSE, b"A" * 8200 + b": b"), 431),
    "the number of headers": (request("/healthz", CLOSE, *[b"A%d: b" % number for number in range(60)]), 431),
    "all headers together": (request("/healthz", CLOSE, *[b"A: " + b"b" * 8000] * 9), 200),
    "more than all headers may be": (request("/healthz", CLOSE, *[b"A: " + b"b" * 8000] * 40), 431),
    "the key": (request("/sessions", CLOSE, b"X-Api-Key: " + b"k" * 8000), 401),
    "the token": (
        request("/sessions/a/heartbeats", CLOSE, b"Authorization: Bearer " + b"a." * 4000, method="POST"),
        401,
    ),
    "the cursor": (request("/sessions?after=" + "9" * 4000, CLOSE), 401),
}


@pytest.mark.parametrize(("large", "status"), TOO_LARGE.values(), ids=TOO_LARGE.keys())
def test_what_is_too_large_is_refused_where_it_is(opened: Door, large: bytes, status: int) -> None:
    assert statuses(opened.told(large)) == [status]


@pytest.mark.parametrize("name", ["after", "limit"])
def test_a_number_of_any_length_is_only_wrong(opened: Door, name: str) -> None:
    key = b"X-Api-Key: " + opened.premises.lms_key.encode()

    assert statuses(opened.told(request(f"/sessions?{name}={'9' * 4000}", CLOSE, key))) == [422]
