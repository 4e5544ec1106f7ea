"""When a request counts as whole, from its bytes alone."""

import pytest
from gunicorn.config import Config
from gunicorn.http import get_parser
from gunicorn.http.errors import NoMoreData, ParseException
from hypothesis import given, settings
from hypothesis import strategies as st

from proctor_results.serving.arriving import MOST_BODY, MOST_CHUNKED, MOST_HEAD, Arrival, Extent, TooLarge
from proctor_results.web.webhooks import LARGEST_BODY

GET = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"


def post(*headers: bytes, body: bytes = b"") -> bytes:
    return b"\r\n".join([b"POST / HTTP/1.1", b"Host: a", *headers, b"", body])


WHOLE = {
    "no body": GET,
    "no header": b"GET / HTTP/1.0\r\n\r\n",
    "an empty line first": b"\r\n" + GET,
    "a body of known length": post(b"Content-Length: 5", body=b"12345"),
    "in other letters": post(b"coNTent-lengTH:\t5 ", body=b"12345"),
    "a body of no length": post(b"Content-Length: 0"),
    "chunks": post(b"Transfer-Encoding: chunked", body=b"5\r\n12345\r\nA;x=y\r\n1234567890\r\n0\r\n\r\n"),
    "no chunks": post(b"Transfer-Encoding: chunked", body=b"0\r\n\r\n"),
    "line ends in a chunk": post(b"Transfer-Encoding: chunked", body=b"4\r\n\r\n\r\n\r\n0\r\n\r\n"),
    "chunks with trailers": post(b"Transfer-Encoding: chunked", body=b"1\r\nx\r\n0\r\nA: b\r\nC: d\r\n\r\n"),
}
"""Requests that are right, to the byte."""

requests = pytest.mark.parametrize("request_", WHOLE.values(), ids=WHOLE.keys())


def arrived(data: bytes) -> Extent | None:
    return Arrival().add(data)


@requests
def test_a_request_is_whole_with_its_last_byte_and_not_before(request_: bytes) -> None:
    arrival = Arrival()

    for byte in request_[:-1]:
        assert arrival.add(bytes([byte])) is None
    assert arrival.add(request_[-1:]) == Extent(end=len(request_))


@requests
def test_what_follows_is_the_next_request(request_: bytes) -> None:
    arrival = Arrival()

    extent = arrival.add(request_ + GET + b"PO")

    assert extent
    assert arrival.take(extent) == request_
    assert arrival.add(b"") == Extent(end=len(GET))


ODD = {
    "a bare line feed": b"GET / HTTP/1.1\nHost: a\n\n",
    "a bare line feed late in the head": b"GET / HTTP/1.1\r\nHost: a\r\nX: b\nContent-Length: 9\r\n",
    "a length and chunks": post(b"Content-Length: 99", b"Transfer-Encoding: chunked"),
    "two lengths": post(b"Content-Length: 99", b"Content-Length: 99"),
    "a length that is none": post(b"Content-Length: -5"),
    "chunks whose size is none": post(b"Transfer-Encoding: chunked", body=b"0x5\r\n"),
    "a coding that nobody knows": post(b"Transfer-Encoding: magic"),
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD.keys())
def test_what_is_odd_is_whole_at_once_for_the_parser_to_refuse(odd: bytes) -> None:
    assert arrived(odd) == Extent(end=len(odd))


ENDLESS = {
    "a head": (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * MOST_HEAD, 431),
    "a request line": (b"GET /" + b"a" * MOST_HEAD, 431),
    "a chunk's size": (post(b"Transfer-Encoding: chunked", body=b"0" * MOST_CHUNKED + b"1"), 413),
    "chunks that are all extension": (
        post(b"Transfer-Encoding: chunked", body=(b"1;" + b"x" * 8000 + b"\r\nx\r\n") * 80),
        413,
    ),
    "trailers": (post(b"Transfer-Encoding: chunked", body=b"0\r\n" + b"A: b\r\n" * MOST_CHUNKED), 413),
}


@pytest.mark.parametrize(("endless", "status"), ENDLESS.values(), ids=ENDLESS.keys())
def test_what_has_no_end_is_refused(endless: bytes, status: int) -> None:
    with pytest.raises(TooLarge) as refusal:
        arrived(endless)

    assert refusal.value.status == status


def test_a_body_too_large_is_cut_where_that_can_be_seen() -> None:
    counted = post(b"Content-Length: 999999999", body=b"x" * MOST_BODY)
    chunked = post(b"Transfer-Encoding: chunked", body=b"FFFFFFFF\r\n" + b"x" * MOST_BODY)

    assert MOST_BODY > LARGEST_BODY
    assert arrived(counted) == Extent(end=len(counted), cut=True)
    assert arrived(chunked) == Extent(end=len(chunked), cut=True)
    assert arrived(counted[:-1]) is None


def test_whoever_expects_to_be_told_to_go_on_is_noticed() -> None:
    arrival = Arrival()

    arrival.add(post(b"Expect: 100-continue", b"Content-Length: 5"))

    assert arrival.expects


PIECES = [*(piece for request_ in WHOLE.values() for piece in request_.splitlines(keepends=True)), *ODD.values()]
PIECES += [b"\r", b"\n", b"\r\n", b" ", b":", b"0", b"00000005", b"+5\r\n", b"5;\r\n", b"\x00", b"x" * 5]


@given(pieces=st.lists(st.sampled_from(PIECES), max_size=12), start=st.sampled_from([b"", *WHOLE.values()]))
@settings(deadline=None, max_examples=300)
def test_gunicorn_reads_all_of_what_is_whole_or_refuses_it(pieces: list[bytes], start: bytes) -> None:
    """Were something left over, it would be taken for the beginning of the next request."""
    arrival = Arrival()
    extent = arrival.add(start + b"".join(pieces))
    if extent is None:
        return
    parser = get_parser(Config(), iter([arrival.take(extent)]), ("127.0.0.1", 1))
    try:
        next(parser).body.read()
    except (ParseException, NoMoreData, StopIteration):
        return
    assert parser.unreader.buf.getvalue() == b""
