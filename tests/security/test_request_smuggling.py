"""Requests that two parsers could read differently are refused, and never answered twice."""

from collections.abc import Callable

import pytest

from tests.support.gunicorn_server import GunicornServer, build_request, response_statuses

SMUGGLED_REQUEST = b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
"""The request that an attacker wants to be read."""

CHUNKED = b"Transfer-Encoding: chunked"
CONNECTION_CLOSE = b"Connection: close"


def webhook_request(*headers: bytes, body: bytes = b"") -> bytes:
    return build_request("/webhooks/supervisor", *headers, method="POST", body=body)


AMBIGUOUS_REQUESTS: dict[str, bytes] = {
    "a length and chunks": webhook_request(
        b"Content-Length: 6", CHUNKED, body=b"0\r\n\r\n" + SMUGGLED_REQUEST
    ),
    "chunks and a length": webhook_request(
        CHUNKED, b"Content-Length: 6", body=b"0\r\n\r\n" + SMUGGLED_REQUEST
    ),
    "two lengths": webhook_request(
        b"Content-Length: 0", b"Content-Length: 54", body=SMUGGLED_REQUEST
    ),
    "the same length twice": webhook_request(
        b"Content-Length: 54", b"Content-Length: 54", body=SMUGGLED_REQUEST
    ),
    "two lengths in one": webhook_request(b"Content-Length: 0, 54", body=SMUGGLED_REQUEST),
    "a length with a sign": webhook_request(b"Content-Length: +54", body=SMUGGLED_REQUEST),
    "a length below nothing": webhook_request(b"Content-Length: -54", body=SMUGGLED_REQUEST),
    "a length in hexadecimal": webhook_request(b"Content-Length: 0x36", body=SMUGGLED_REQUEST),
    "a length in other digits": webhook_request(b"Content-Length: \xb2", body=SMUGGLED_REQUEST),
    "no length": webhook_request(b"Content-Length: ", body=SMUGGLED_REQUEST),
    "a length by another name": webhook_request(b"Content-Length : 54", body=SMUGGLED_REQUEST),
    "chunks by another name": webhook_request(
        b"Transfer-Encoding : chunked", body=b"0\r\n\r\n" + SMUGGLED_REQUEST
    ),
    "chunks of chunks": webhook_request(
        b"Transfer-Encoding: chunked, chunked", body=b"0\r\n\r\n" + SMUGGLED_REQUEST
    ),
    "chunks twice": webhook_request(CHUNKED, CHUNKED, body=b"0\r\n\r\n" + SMUGGLED_REQUEST),
    "chunks that are not the last coding": webhook_request(
        b"Transfer-Encoding: chunked, gzip", body=b"0\r\n\r\n" + SMUGGLED_REQUEST
    ),
    "chunks after a vertical tab": webhook_request(
        b"Transfer-Encoding: \x0bchunked", body=b"0\r\n\r\n" + SMUGGLED_REQUEST
    ),
    "chunks on a folded line": webhook_request(
        b"Transfer-Encoding:\r\n chunked", body=b"0\r\n\r\n" + SMUGGLED_REQUEST
    ),
    "chunks in HTTP/1.0": webhook_request(CHUNKED, body=b"0\r\n\r\n" + SMUGGLED_REQUEST).replace(
        b"HTTP/1.1", b"HTTP/1.0", 1
    ),
    "a folded header": webhook_request(b"A: b\r\n c", b"Content-Length: 0", body=SMUGGLED_REQUEST),
    "a space before the first header": b"POST / HTTP/1.1\r\n Host: a\r\n\r\n" + SMUGGLED_REQUEST,
    "bare line feeds": b"POST / HTTP/1.1\nHost: a\nContent-Length: 54\n\n" + SMUGGLED_REQUEST,
    "a bare line feed in a header": webhook_request(
        b"A: b\nContent-Length: 54", b"Content-Length: 0", body=SMUGGLED_REQUEST
    ),
    "a bare carriage return in a header": webhook_request(
        b"A: b\rContent-Length: 54", b"Content-Length: 0", body=SMUGGLED_REQUEST
    ),
    "NUL in a header": webhook_request(b"A: b\0c", b"Content-Length: 0", body=SMUGGLED_REQUEST),
    "a header without a colon": webhook_request(
        b"X-Api-Key secret", b"Content-Length: 0", body=SMUGGLED_REQUEST
    ),
    "a header without a name": webhook_request(b": a", b"Content-Length: 0", body=SMUGGLED_REQUEST),
    "two hosts": webhook_request(b"Host: b", b"Content-Length: 0", body=SMUGGLED_REQUEST),
    "two types": webhook_request(
        b"Content-Type: a/b", b"Content-Type: c/d", b"Content-Length: 0", body=SMUGGLED_REQUEST
    ),
    "no version": b"GET /healthz\r\n\r\n",
    "a version to come": b"GET /healthz HTTP/2.0\r\n\r\n",
    "HTTP/2 at once": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "four words in the first line": b"GET /healthz /sessions HTTP/1.1\r\nHost: a\r\n\r\n",
    "a tab in the first line": b"GET\t/healthz HTTP/1.1\r\nHost: a\r\n\r\n",
    "a path of other letters": "GET /sessions/ä HTTP/1.1\r\nHost: a\r\n\r\n".encode(),
    "an authority for a path": b"GET example.org:80 HTTP/1.1\r\nHost: a\r\n\r\n",
    "a PROXY line": b"PROXY TCP4 10.0.0.1 10.0.0.2 1 2\r\n" + SMUGGLED_REQUEST,
    "a chunk whose size has a sign": webhook_request(
        CHUNKED, body=b"+1\r\nx\r\n0\r\n\r\n" + SMUGGLED_REQUEST
    ),
    "a chunk whose size has a prefix": webhook_request(
        CHUNKED, body=b"0x1\r\nx\r\n0\r\n\r\n" + SMUGGLED_REQUEST
    ),
    "a chunk longer than its size": webhook_request(
        CHUNKED, body=b"1\r\nxy\r\n0\r\n\r\n" + SMUGGLED_REQUEST
    ),
    "a chunk that ends in a bare line feed": webhook_request(
        CHUNKED, body=b"1\r\nx\n0\r\n\r\n" + SMUGGLED_REQUEST
    ),
    "an extension with a carriage return": webhook_request(
        CHUNKED, body=b"1;a\rb\r\nx\r\n0\r\n\r\n" + SMUGGLED_REQUEST
    ),
    "a length among the trailers": webhook_request(
        CHUNKED, body=b"0\r\nContent-Length: 54\r\n\r\n" + SMUGGLED_REQUEST
    ),
    "a token among the trailers": webhook_request(
        CHUNKED, body=b"0\r\nAuthorization: Bearer x\r\n\r\n" + SMUGGLED_REQUEST
    ),
}


@pytest.mark.parametrize(
    "ambiguous_request", AMBIGUOUS_REQUESTS.values(), ids=AMBIGUOUS_REQUESTS.keys()
)
def test_an_ambiguous_request_is_refused_and_the_connection_closed(
    gunicorn_server: GunicornServer, ambiguous_request: bytes
) -> None:
    responses = gunicorn_server.exchange(ambiguous_request)

    assert response_statuses(responses) == [400]
    assert b"application/problem+json" in responses


REPORT = b'{"identifier":"smuggled","status":"accepted"}'
CONTENT_LENGTH = b"Content-Length: %d" % len(REPORT)

MISPLACED_KEYS: dict[str, Callable[[bytes], bytes]] = {
    "a key by another name": lambda key: webhook_request(
        b"X_Api_Key: " + key, CONTENT_LENGTH, body=REPORT
    ),
    "a wrong key before the right one": lambda key: webhook_request(
        b"X-Api-Key: x", b"X-Api-Key: " + key, CONTENT_LENGTH, body=REPORT
    ),
    "a wrong key after the right one": lambda key: webhook_request(
        b"X-Api-Key: " + key, b"X-Api-Key: x", CONTENT_LENGTH, body=REPORT
    ),
    "a key among the trailers": lambda key: webhook_request(
        CHUNKED, body=b"%x\r\n%s\r\n0\r\nX-Api-Key: %s\r\n\r\n" % (len(REPORT), REPORT, key)
    ),
    "a key in the body": lambda key: (
        webhook_request(CONTENT_LENGTH, body=REPORT) + b"X-Api-Key: " + key + b"\r\n\r\n"
    ),
    "a key in the address": lambda key: build_request(
        "/webhooks/supervisor?X-Api-Key=" + key.decode(), CONTENT_LENGTH, method="POST", body=REPORT
    ),
    "a key as a cookie": lambda key: webhook_request(
        b"Cookie: X-Api-Key=" + key, CONTENT_LENGTH, body=REPORT
    ),
    "a key with a quote": lambda key: webhook_request(
        b'X-Api-Key: "' + key + b'"', CONTENT_LENGTH, body=REPORT
    ),
}


@pytest.mark.parametrize("build_request", MISPLACED_KEYS.values(), ids=MISPLACED_KEYS.keys())
def test_a_key_counts_only_in_its_header(
    gunicorn_server: GunicornServer, build_request: Callable[[bytes], bytes]
) -> None:
    responses = gunicorn_server.exchange(
        build_request(gunicorn_server.demo_environment.vendor_key.encode()) + SMUGGLED_REQUEST
    )

    assert response_statuses(responses)[0] == 401
    assert gunicorn_server.get_session_status("smuggled") == 404


def test_a_body_is_not_parsed_as_a_request(gunicorn_server: GunicornServer) -> None:
    responses = gunicorn_server.exchange(
        webhook_request(
            b"Content-Length: %d" % len(SMUGGLED_REQUEST), CONNECTION_CLOSE, body=SMUGGLED_REQUEST
        )
        + SMUGGLED_REQUEST
    )

    assert response_statuses(responses) == [401]


IGNORED_HEADERS = {
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


@pytest.mark.parametrize(("header", "status"), IGNORED_HEADERS.values(), ids=IGNORED_HEADERS.keys())
def test_no_header_changes_the_request(
    gunicorn_server: GunicornServer, header: bytes, status: int
) -> None:
    responses = gunicorn_server.exchange(build_request("/healthz", header, CONNECTION_CLOSE))

    assert response_statuses(responses) == [status]
    assert status != 200 or responses.endswith(b"ok\n")


def test_an_absolute_url_is_routed_by_its_path(gunicorn_server: GunicornServer) -> None:
    responses = gunicorn_server.exchange(
        build_request("http://elsewhere.example/healthz", CONNECTION_CLOSE)
    )

    assert response_statuses(responses) == [200]


METHODS = {"CONNECT": 405, "TRACE": 405, "OPTIONS": 200, "HEAD": 200, "PURGE": 405, "POST": 405}


@pytest.mark.parametrize(("method", "status"), METHODS.items())
def test_other_methods_do_nothing(
    gunicorn_server: GunicornServer, method: str, status: int
) -> None:
    responses = gunicorn_server.exchange(
        build_request("/healthz", CONNECTION_CLOSE, b"X-Secret: mirrored", method=method)
    )

    assert response_statuses(responses) == [status]
    assert b"mirrored" not in responses
