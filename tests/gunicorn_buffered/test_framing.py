"""When a request counts as complete, from its bytes alone."""

import pytest
from gunicorn.config import Config
from gunicorn.http import get_parser
from gunicorn.http.errors import NoMoreData, ParseException
from hypothesis import given, settings
from hypothesis import strategies as st

from gunicorn_buffered.framing import (
    MAX_BODY_BYTES,
    MAX_CHUNKED_BYTES,
    MAX_HEAD_BYTES,
    RequestBoundary,
    RequestBuffer,
    RequestTooLarge,
)
from proctor_results.vendors.base import MAX_BODY_BYTES as MAX_WEBHOOK_BYTES

GET_REQUEST = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"


def build_post(*headers: bytes, body: bytes = b"") -> bytes:
    return b"\r\n".join([b"POST / HTTP/1.1", b"Host: a", *headers, b"", body])


COMPLETE_REQUESTS = {
    "no body": GET_REQUEST,
    "no header": b"GET / HTTP/1.0\r\n\r\n",
    "an empty line first": b"\r\n" + GET_REQUEST,
    "a body of known length": build_post(b"Content-Length: 5", body=b"12345"),
    "in other letters": build_post(b"coNTent-lengTH:\t5 ", body=b"12345"),
    "a body of no length": build_post(b"Content-Length: 0"),
    "chunks": build_post(
        b"Transfer-Encoding: chunked", body=b"5\r\n12345\r\nA;x=y\r\n1234567890\r\n0\r\n\r\n"
    ),
    "no chunks": build_post(b"Transfer-Encoding: chunked", body=b"0\r\n\r\n"),
    "line ends in a chunk": build_post(
        b"Transfer-Encoding: chunked", body=b"4\r\n\r\n\r\n\r\n0\r\n\r\n"
    ),
    "chunks with trailers": build_post(
        b"Transfer-Encoding: chunked", body=b"1\r\nx\r\n0\r\nA: b\r\nC: d\r\n\r\n"
    ),
}
"""Correct requests."""

each_complete_request = pytest.mark.parametrize(
    "request_", COMPLETE_REQUESTS.values(), ids=COMPLETE_REQUESTS.keys()
)


def find_boundary(data: bytes) -> RequestBoundary | None:
    return RequestBuffer().add(data)


@each_complete_request
def test_a_request_is_complete_with_its_last_byte_and_not_before(request_: bytes) -> None:
    buffer = RequestBuffer()

    for byte in request_[:-1]:
        assert buffer.add(bytes([byte])) is None
    assert buffer.add(request_[-1:]) == RequestBoundary(end=len(request_))


@each_complete_request
def test_what_follows_is_the_next_request(request_: bytes) -> None:
    buffer = RequestBuffer()

    boundary = buffer.add(request_ + GET_REQUEST + b"PO")

    assert boundary
    assert buffer.pop_request(boundary) == request_
    assert buffer.add(b"") == RequestBoundary(end=len(GET_REQUEST))


MALFORMED_REQUESTS = {
    "a bare line feed": b"GET / HTTP/1.1\nHost: a\n\n",
    "a bare line feed late in the head": (
        b"GET / HTTP/1.1\r\nHost: a\r\nX: b\nContent-Length: 9\r\n"
    ),
    "a length and chunks": build_post(b"Content-Length: 99", b"Transfer-Encoding: chunked"),
    "two lengths": build_post(b"Content-Length: 99", b"Content-Length: 99"),
    "a length that is none": build_post(b"Content-Length: -5"),
    "chunks whose size is none": build_post(b"Transfer-Encoding: chunked", body=b"0x5\r\n"),
    "an unknown transfer coding": build_post(b"Transfer-Encoding: magic"),
}


@pytest.mark.parametrize("malformed", MALFORMED_REQUESTS.values(), ids=MALFORMED_REQUESTS.keys())
def test_a_malformed_request_is_passed_to_the_parser_at_once(malformed: bytes) -> None:
    assert find_boundary(malformed) == RequestBoundary(end=len(malformed))


UNBOUNDED_REQUESTS = {
    "a head": (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * MAX_HEAD_BYTES, 431),
    "a request line": (b"GET /" + b"a" * MAX_HEAD_BYTES, 431),
    "a chunk's size": (
        build_post(b"Transfer-Encoding: chunked", body=b"0" * MAX_CHUNKED_BYTES + b"1"),
        413,
    ),
    "chunks that are all extension": (
        build_post(b"Transfer-Encoding: chunked", body=(b"1;" + b"x" * 8000 + b"\r\nx\r\n") * 80),
        413,
    ),
    "trailers": (
        build_post(b"Transfer-Encoding: chunked", body=b"0\r\n" + b"A: b\r\n" * MAX_CHUNKED_BYTES),
        413,
    ),
}


@pytest.mark.parametrize(
    ("unbounded", "status"), UNBOUNDED_REQUESTS.values(), ids=UNBOUNDED_REQUESTS.keys()
)
def test_an_unbounded_request_is_rejected(unbounded: bytes, status: int) -> None:
    with pytest.raises(RequestTooLarge) as raised:
        find_boundary(unbounded)

    assert raised.value.status == status


def test_a_body_too_large_is_truncated() -> None:
    counted = build_post(b"Content-Length: 999999999", body=b"x" * MAX_BODY_BYTES)
    chunked = build_post(
        b"Transfer-Encoding: chunked", body=b"FFFFFFFF\r\n" + b"x" * MAX_BODY_BYTES
    )

    assert MAX_BODY_BYTES > MAX_WEBHOOK_BYTES
    assert find_boundary(counted) == RequestBoundary(end=len(counted), truncated=True)
    assert find_boundary(chunked) == RequestBoundary(end=len(chunked), truncated=True)
    assert find_boundary(counted[:-1]) is None


def test_an_expect_continue_header_is_noticed() -> None:
    buffer = RequestBuffer()

    buffer.add(build_post(b"Expect: 100-continue", b"Content-Length: 5"))

    assert buffer.expects_continue


PIECES = [
    *(
        piece
        for request_ in COMPLETE_REQUESTS.values()
        for piece in request_.splitlines(keepends=True)
    ),
    *MALFORMED_REQUESTS.values(),
]
PIECES += [
    b"\r",
    b"\n",
    b"\r\n",
    b" ",
    b":",
    b"0",
    b"00000005",
    b"+5\r\n",
    b"5;\r\n",
    b"\x00",
    b"x" * 5,
]


@given(
    pieces=st.lists(st.sampled_from(PIECES), max_size=12),
    start=st.sampled_from([b"", *COMPLETE_REQUESTS.values()]),
)
@settings(deadline=None, max_examples=300)
def test_gunicorn_reads_all_of_a_complete_request_or_rejects_it(
    pieces: list[bytes], start: bytes
) -> None:
    """Bytes left over would be read as the beginning of the next request."""
    buffer = RequestBuffer()
    boundary = buffer.add(start + b"".join(pieces))
    if boundary is None:
        return
    parser = get_parser(Config(), iter([buffer.pop_request(boundary)]), ("127.0.0.1", 1))
    try:
        next(parser).body.read()
    except (ParseException, NoMoreData, StopIteration):
        return
    assert parser.unreader.buf.getvalue() == b""
