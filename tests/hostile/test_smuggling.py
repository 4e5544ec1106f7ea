"""Requests that two readers could take for different ones are refused, and never answered twice."""

from collections.abc import Callable

import pytest

from tests.serving.doors import Door, request, statuses

INNER = b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
"""What an attacker would have taken for a request of its own."""

CHUNKED = b"Transfer-Encoding: chunked"
CLOSE = b"Connection: close"


def post(*headers: bytes, body: bytes = b"") -> bytes:
    return request("/webhooks/supervisor", *headers, method="POST", body=body)


REFUSED: dict[str, bytes] = {
    "a length and chunks": post(b"Content-Length: 6", CHUNKED, body=b"0\r\n\r\n" + INNER),
    "chunks and a length": post(CHUNKED, b"Content-Length: 6", body=b"0\r\n\r\n" + INNER),
    "two lengths": post(b"Content-Length: 0", b"Content-Length: 54", body=INNER),
    "the same length twice": post(b"Content-Length: 54", b"Content-Length: 54", body=INNER),
    "two lengths in one": post(b"Content-Length: 0, 54", body=INNER),
    "a length with a sign": post(b"Content-Length: +54", body=INNER),
    "a length below nothing": post(b"Content-Length: -54", body=INNER),
    "a length in hexadecimal": post(b"Content-Length: 0x36", body=INNER),
    "a length in other digits": post(b"Content-Length: \xb2", body=INNER),
    "no length": post(b"Content-Length: ", body=INNER),
    "a length by another name": post(b"Content-Length : 54", body=INNER),
    "chunks by another name": post(b"Transfer-Encoding : chunked", body=b"0\r\n\r\n" + INNER),
    "chunks of chunks": post(b"Transfer-Encoding: chunked, chunked", body=b"0\r\n\r\n" + INNER),
    "chunks twice": post(CHUNKED, CHUNKED, body=b"0\r\n\r\n" + INNER),
    "chunks that are not the last coding": post(b"Transfer-Encoding: chunked, gzip", body=b"0\r\n\r\n" + INNER),
    "chunks after a vertical tab": post(b"Transfer-Encoding: \x0bchunked", body=b"0\r\n\r\n" + INNER),
    "chunks on a folded line": post(b"Transfer-Encoding:\r\n chunked", body=b"0\r\n\r\n" + INNER),
    "chunks in HTTP/1.0": post(CHUNKED, body=b"0\r\n\r\n" + INNER).replace(b"HTTP/1.1", b"HTTP/1.0", 1),
    "a folded header": post(b"A: b\r\n c", b"Content-Length: 0", body=INNER),
    "a space before the first header": b"POST / HTTP/1.1\r\n Host: a\r\n\r\n" + INNER,
    "bare line feeds": b"POST / HTTP/1.1\nHost: a\nContent-Length: 54\n\n" + INNER,
    "a bare line feed in a header": post(b"A: b\nContent-Length: 54", b"Content-Length: 0", body=INNER),
    "a bare carriage return in a header": post(b"A: b\rContent-Length: 54", b"Content-Length: 0", body=INNER),
    "NUL in a header": post(b"A: b\0c", b"Content-Length: 0", body=INNER),
    "a header without a colon": post(b"X-Api-Key secret", b"Content-Length: 0", body=INNER),
    "a header without a name": post(b": a", b"Content-Length: 0", body=INNER),
    "two hosts": post(b"Host: b", b"Content-Length: 0", body=INNER),
    "two types": post(b"Content-Type: a/b", b"Content-Type: c/d", b"Content-Length: 0", body=INNER),
    "no version": b"GET /healthz\r\n\r\n",
    "a version to come": b"GET /healthz HTTP/2.0\r\n\r\n",
    "HTTP/2 at once": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "four words in the first line": b"GET /healthz /sessions HTTP/1.1\r\nHost: a\r\n\r\n",
    "a tab in the first line": b"GET\t/healthz HTTP/1.1\r\nHost: a\r\n\r\n",
    "a path of other letters": "GET /sessions/ä HTTP/1.1\r\nHost: a\r\n\r\n".encode(),
    "an authority for a path": b"GET example.org:80 HTTP/1.1\r\nHost: a\r\n\r\n",
    "a PROXY line": b"PROXY TCP4 10.0.0.1 10.0.0.2 1 2\r\n" + INNER,
    "a chunk whose size has a sign": post(CHUNKED, body=b"+1\r\nx\r\n0\r\n\r\n" + INNER),
    "a chunk whose size has a prefix": post(CHUNKED, body=b"0x1\r\nx\r\n0\r\n\r\n" + INNER),
    "a chunk longer than its size": post(CHUNKED, body=b"1\r\nxy\r\n0\r\n\r\n" + INNER),
    "a chunk that ends in a bare line feed": post(CHUNKED, body=b"1\r\nx\n0\r\n\r\n" + INNER),
    "an extension with a carriage return": post(CHUNKED, body=b"1;a\rb\r\nx\r\n0\r\n\r\n" + INNER),
    "a length among the trailers": post(CHUNKED, body=b"0\r\nContent-Length: 54\r\n\r\n" + INNER),
    "a token among the trailers": post(CHUNKED, body=b"0\r\nAuthorization: Bearer x\r\n\r\n" + INNER),
}


@pytest.mark.parametrize("bad", REFUSED.values(), ids=REFUSED.keys())
def test_what_can_be_read_in_two_ways_is_refused_and_the_connection_ends(opened: Door, bad: bytes) -> None:
    answers = opened.told(bad)

    assert statuses(answers) == [400]
    assert b"application/problem+json" in answers


REPORT = b'{"identifier":"smuggled","status":"accepted"}'
LENGTH = b"Content-Length: %d" % len(REPORT)

STRANGERS: dict[str, Callable[[bytes], bytes]] = {
    "a key by another name": lambda key: post(b"X_Api_Key: " + key, LENGTH, body=REPORT),
    "a wrong key before the right one": lambda key: post(b"X-Api-Key: x", b"X-Api-Key: " + key, LENGTH, body=REPORT),
    "a wrong key after the right one": lambda key: post(b"X-Api-Key: " + key, b"X-Api-Key: x", LENGTH, body=REPORT),
    "a key among the trailers": lambda key: post(
        CHUNKED, body=b"%x\r\n%s\r\n0\r\nX-Api-Key: %s\r\n\r\n" % (len(REPORT), REPORT, key)
    ),
    "a key in the body": lambda key: post(LENGTH, body=REPORT) + b"X-Api-Key: " + key + b"\r\n\r\n",
    "a key in the address": lambda key: request(
        "/webhooks/supervisor?X-Api-Key=" + key.decode(), LENGTH, method="POST", body=REPORT
    ),
    "a key as a cookie": lambda key: post(b"Cookie: X-Api-Key=" + key, LENGTH, body=REPORT),
    "a key with a quote": lambda key: post(b'X-Api-Key: "' + key + b'"', LENGTH, body=REPORT),
}


@pytest.mark.parametrize("made", STRANGERS.values(), ids=STRANGERS.keys())
def test_a_key_counts_only_where_it_belongs(opened: Door, made: Callable[[bytes], bytes]) -> None:
    answers = opened.told(made(opened.premises.vendor_key.encode()) + INNER)

    assert statuses(answers)[0] == 401
    assert opened.shown("smuggled") == 404


def test_a_body_is_no_request(opened: Door) -> None:
    answers = opened.told(post(b"Content-Length: %d" % len(INNER), CLOSE, body=INNER) + INNER)

    assert statuses(answers) == [401]


FORWARDED = {
    "a prefix of the path": (b"SCRIPT_NAME: /sessions", 200),
    "another prefix": (b"X-Forwarded-Prefix: /sessions", 200),
    "a whole path": (b"PATH_INFO: /sessions", 200),
    "another method": (b"X-HTTP-Method-Override: DELETE", 200),
    "another address": (b"X-Original-URL: /sessions", 200),
    "another host": (b"X-Forwarded-Host: evil.example", 200),
    "another coding": (b"Transfer-Encoding: magic", 501),
    "another expectation": (b"Expect: miracles", 417),
    "another protocol": (b"Upgrade: h2c", 200),
}


@pytest.mark.parametrize(("header", "status"), FORWARDED.values(), ids=FORWARDED.keys())
def test_no_header_makes_another_request_of_it(opened: Door, header: bytes, status: int) -> None:
    answers = opened.told(request("/healthz", header, CLOSE))

    assert statuses(answers) == [status]
    assert status != 200 or answers.endswith(b"ok\n")


def test_a_whole_address_is_taken_for_its_path(opened: Door) -> None:
    answers = opened.told(request("http://elsewhere.example/healthz", CLOSE))

    assert statuses(answers) == [200]


METHODS = {"CONNECT": 405, "TRACE": 405, "OPTIONS": 200, "HEAD": 200, "PURGE": 405, "POST": 405}


@pytest.mark.parametrize(("method", "status"), METHODS.items())
def test_other_methods_do_nothing(opened: Door, method: str, status: int) -> None:
    answers = opened.told(request("/healthz", CLOSE, b"X-Secret: mirrored", method=method))

    assert statuses(answers) == [status]
    assert b"mirrored" not in answers
