"""No target, however slow or broken, makes a call exceed its limits."""

import socket
import struct
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from threading import Event
from time import monotonic, sleep

import pytest

from proctor_results.deliveries.targets.base import (
    Delivered,
    PushResult,
    Refused,
    Unreachable,
)
from proctor_results.http_client.client import HttpClient
from proctor_results.http_client.public_connect import CallErrorKind
from tests.support.http_calls import post
from tests.support.http_servers import (
    ConnectionScript,
    LocalServer,
    create_certificate,
    serve,
    serve_script,
    unused_port,
)

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
TIME_LIMIT = 0.4
TOLERANCE = 2.0  # for a busy machine; the rude peers go on for ever
GENEROUS_LIMIT = 10.0
RESPONSE_HEAD = b"HTTP/1.1 200 OK\r\n"
TIMED_OUT = Unreachable(error=CallErrorKind.TIMED_OUT, detail="no complete response within 0.4 s")


@pytest.fixture
def finished() -> Iterator[Event]:
    """Release the blocked peers when the test is over."""
    event = Event()
    yield event
    event.set()


def timed_post(
    url: str, body: bytes = b"{}", limit: float = TIME_LIMIT
) -> tuple[PushResult, float]:
    started = monotonic()
    result = post(HttpClient(allow_private=True, seconds=limit), url, body, {}, NOW)
    return result, monotonic() - started


def drip(connection: socket.socket, first: bytes, endless: bytes) -> None:
    connection.sendall(first)
    for byte in cycle(endless):
        connection.sendall(bytes([byte]))
        sleep(0.02)


def flood(connection: socket.socket, first: bytes, endless: bytes) -> None:
    connection.sendall(first)
    while True:
        connection.sendall(endless * 1000)


ENDLESS_SCRIPTS: dict[str, ConnectionScript] = {
    "drips the status line": lambda peer: drip(peer, b"", b"H"),
    "drips headers": lambda peer: drip(peer, RESPONSE_HEAD, b"X-Slow: yes\r\n"),
    "drips one endless header": lambda peer: drip(peer, RESPONSE_HEAD + b"X-Slow: ", b"y"),
    "drips the body": lambda peer: drip(
        peer, RESPONSE_HEAD + b"Content-Length: 5000\r\n\r\n", b"x"
    ),
    "drips a body without a length": lambda peer: drip(peer, RESPONSE_HEAD + b"\r\n", b"x"),
    "drips chunks": lambda peer: drip(
        peer, RESPONSE_HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"
    ),
    "drips interim answers": lambda peer: drip(peer, b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "floods interim answers": lambda peer: flood(peer, b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "floods trailers": lambda peer: flood(
        peer, RESPONSE_HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X: y\r\n"
    ),
}


@pytest.mark.parametrize("script", ENDLESS_SCRIPTS.values(), ids=ENDLESS_SCRIPTS)
def test_an_endless_response_times_out(script: ConnectionScript) -> None:
    with serve_script(script) as url:
        result, seconds = timed_post(url)
    assert result == TIMED_OUT
    assert TIME_LIMIT <= seconds < TIME_LIMIT + TOLERANCE


def test_a_peer_that_never_answers_times_out(finished: Event) -> None:
    with serve_script(lambda _: finished.wait(5)) as url:
        result, seconds = timed_post(url)
    assert result == TIMED_OUT
    assert TIME_LIMIT <= seconds < TIME_LIMIT + TOLERANCE


def test_a_peer_that_never_reads_times_out(finished: Event) -> None:
    with serve_script(lambda _: finished.wait(5), reads_request=False) as url:
        result, seconds = timed_post(url, body=b"x" * 20_000_000)
    assert result == TIMED_OUT
    assert TIME_LIMIT <= seconds < TIME_LIMIT + TOLERANCE


def test_a_peer_without_tls_handshake_times_out(finished: Event) -> None:
    with serve_script(lambda _: finished.wait(5)) as url:
        result, seconds = timed_post(url.replace("http:", "https:"))
    assert result == Unreachable(
        error=CallErrorKind.TLS_FAILED, detail="TLS failed: no handshake in time"
    )
    assert TIME_LIMIT <= seconds < TIME_LIMIT + TOLERANCE


def test_a_slow_response_over_tls_times_out(tmp_path: Path) -> None:
    lms_certificate = create_certificate(tmp_path)

    def drip_under_tls(plain: socket.socket) -> None:
        with lms_certificate.server_context().wrap_socket(plain, server_side=True) as connection:
            drip(connection, RESPONSE_HEAD, b"X-Slow: yes\r\n")

    http_client = HttpClient(
        allow_private=True,
        seconds=TIME_LIMIT,
        ca_bundle=str(lms_certificate.path),
        resolver=lambda _: ["127.0.0.1"],
    )
    with serve_script(drip_under_tls, reads_request=False) as url:
        started = monotonic()
        result = post(
            http_client, url.replace("http://127.0.0.1", "https://lms.example"), b"{}", {}, NOW
        )
    assert result == TIMED_OUT
    assert TIME_LIMIT <= monotonic() - started < TIME_LIMIT + TOLERANCE


def test_calls_of_another_thread_do_not_prolong_a_call() -> None:
    http_client = HttpClient(allow_private=True, seconds=TIME_LIMIT)
    with (
        serve_script(ENDLESS_SCRIPTS["drips headers"]) as slow_url,
        serve(LocalServer()) as fast_peer,
        ThreadPoolExecutor(1) as thread,
    ):
        started = monotonic()
        slow_call = thread.submit(post, http_client, slow_url, b"{}", {}, NOW)
        while not slow_call.done() and monotonic() - started < TIME_LIMIT + TOLERANCE:
            post(http_client, fast_peer.url, b"{}", {}, NOW)
        assert slow_call.done()


def test_a_name_that_is_never_resolved_times_out(finished: Event) -> None:
    http_client = HttpClient(seconds=TIME_LIMIT, resolver=lambda _: [str(finished.wait(5))])
    started = monotonic()
    assert post(http_client, "http://lms.example/", b"", {}, NOW) == Unreachable(
        error=CallErrorKind.DNS_LOOKUP_FAILED, detail="lms.example was not resolved in time"
    )
    assert TIME_LIMIT <= monotonic() - started < TIME_LIMIT + TOLERANCE


LONG_BODY = b"x" * 10 * 1024 * 1024
LONG_RESPONSES: dict[str, tuple[bytes, type[PushResult]]] = {
    "with a length": (
        RESPONSE_HEAD + b"Content-Length: %d\r\n\r\n" % len(LONG_BODY) + LONG_BODY,
        Delivered,
    ),
    "in one chunk": (
        RESPONSE_HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(LONG_BODY) + LONG_BODY,
        Delivered,
    ),
    "without a length": (RESPONSE_HEAD + b"\r\n" + LONG_BODY, Delivered),
    "of a redirect": (
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\n\r\n" + LONG_BODY,
        Refused,
    ),
}


@pytest.mark.parametrize(("response_bytes", "kind"), LONG_RESPONSES.values(), ids=LONG_RESPONSES)
def test_a_response_of_ten_mebibytes_is_not_read_to_its_end(
    response_bytes: bytes, kind: type[PushResult]
) -> None:
    unsent: list[bool] = []

    def send_all(connection: socket.socket) -> None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
        unsent.append(True)
        connection.sendall(response_bytes)
        unsent.clear()

    with serve_script(send_all) as url:
        result, seconds = timed_post(url, limit=GENEROUS_LIMIT)
    assert isinstance(result, kind)
    assert seconds < GENEROUS_LIMIT
    assert unsent == [True]


def reset_connection(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


BROKEN_SCRIPTS: dict[str, ConnectionScript] = {
    "resets the connection": reset_connection,
    "closes it": lambda peer: None,
    "closes it within the status line": lambda peer: peer.sendall(b"HTTP/1.1 20"),
    "closes it within the body": lambda peer: peer.sendall(
        RESPONSE_HEAD + b"Content-Length: 10\r\n\r\nhalf"
    ),
    "closes it within a chunk": lambda peer: peer.sendall(
        RESPONSE_HEAD + b"Transfer-Encoding: chunked\r\n\r\nff\r\nhalf"
    ),
    "does not speak HTTP": lambda peer: peer.sendall(b"220 mail.example ESMTP\r\n"),
    "speaks a later HTTP": lambda peer: peer.sendall(b"HTTP/9.0 200 OK\r\n\r\n"),
    "answers nonsense": lambda peer: peer.sendall(b"HTTP/1.1 abc\r\n\r\n"),
    "answers NUL bytes": lambda peer: peer.sendall(b"\0" * 100_000),
    "sends a header without end": lambda peer: peer.sendall(
        RESPONSE_HEAD + b"X: " + b"y" * 100_000
    ),
    "sends headers without end": lambda peer: peer.sendall(RESPONSE_HEAD + b"X: y\r\n" * 200),
    "contradicts itself about the length": lambda peer: peer.sendall(
        RESPONSE_HEAD + b"Content-Length: 5, 7\r\n\r\nhello"
    ),
    "counts chunks in no number": lambda peer: peer.sendall(
        RESPONSE_HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"
    ),
}


@pytest.mark.parametrize("script", BROKEN_SCRIPTS.values(), ids=BROKEN_SCRIPTS)
def test_a_peer_that_breaks_the_connection_or_the_protocol_is_unreachable(
    script: ConnectionScript,
) -> None:
    with serve_script(script) as url:
        result, seconds = timed_post(url, limit=GENEROUS_LIMIT)
    assert isinstance(result, Unreachable)
    assert result.detail.startswith("no complete response: ")
    assert seconds < GENEROUS_LIMIT


def test_a_closed_port_is_unreachable() -> None:
    result, _ = timed_post(f"http://127.0.0.1:{unused_port()}/")
    assert result == Unreachable(
        error=CallErrorKind.CONNECTION_FAILED,
        detail="no connection to 127.0.0.1: Connection refused",
    )
