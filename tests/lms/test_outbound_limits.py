"""No target, however slow, long-winded or broken, holds a call beyond its limit."""

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

from proctor_results.lms.base import Delivered, PushResult, Refused, Unreachable
from proctor_results.lms.outbound import Caller
from tests.lms.peers import Peer, Script, certificate, closed_port, rude, running

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
LIMIT = 0.4
SLACK = 2.0  # for a busy machine; the rude peers go on for ever
AMPLE = 10.0
HEAD = b"HTTP/1.1 200 OK\r\n"
TOO_LATE = Unreachable(detail="no whole answer within 0.4 s")


@pytest.fixture
def over() -> Iterator[Event]:
    """Lets the rude peers go when the test is over."""
    event = Event()
    yield event
    event.set()


def timed(url: str, body: bytes = b"{}", limit: float = LIMIT) -> tuple[PushResult, float]:
    began = monotonic()
    result = Caller(allow_private=True, seconds=limit).post(url, body, {}, NOW)
    return result, monotonic() - began


def drip(connection: socket.socket, first: bytes, endless: bytes) -> None:
    connection.sendall(first)
    for byte in cycle(endless):
        connection.sendall(bytes([byte]))
        sleep(0.02)


def flood(connection: socket.socket, first: bytes, endless: bytes) -> None:
    connection.sendall(first)
    while True:
        connection.sendall(endless * 1000)


ENDLESS: dict[str, Script] = {
    "drips the status line": lambda peer: drip(peer, b"", b"H"),
    "drips headers": lambda peer: drip(peer, HEAD, b"X-Slow: yes\r\n"),
    "drips one endless header": lambda peer: drip(peer, HEAD + b"X-Slow: ", b"y"),
    "drips the body": lambda peer: drip(peer, HEAD + b"Content-Length: 5000\r\n\r\n", b"x"),
    "drips a body without a length": lambda peer: drip(peer, HEAD + b"\r\n", b"x"),
    "drips chunks": lambda peer: drip(peer, HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    "drips interim answers": lambda peer: drip(peer, b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "floods interim answers": lambda peer: flood(peer, b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "floods trailers": lambda peer: flood(peer, HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X: y\r\n"),
}


@pytest.mark.parametrize("script", ENDLESS.values(), ids=ENDLESS)
def test_a_peer_without_end_is_left_at_the_limit(script: Script) -> None:
    with rude(script) as url:
        result, seconds = timed(url)
    assert result == TOO_LATE
    assert LIMIT <= seconds < LIMIT + SLACK


def test_a_peer_that_never_answers_is_left_at_the_limit(over: Event) -> None:
    with rude(lambda _: over.wait(5)) as url:
        result, seconds = timed(url)
    assert result == TOO_LATE
    assert LIMIT <= seconds < LIMIT + SLACK


def test_a_peer_that_never_reads_is_left_at_the_limit(over: Event) -> None:
    with rude(lambda _: over.wait(5), reads_request=False) as url:
        result, seconds = timed(url, body=b"x" * 20_000_000)
    assert result == TOO_LATE
    assert LIMIT <= seconds < LIMIT + SLACK


def test_a_peer_that_never_shakes_hands_is_left_at_the_limit(over: Event) -> None:
    with rude(lambda _: over.wait(5)) as url:
        result, seconds = timed(url.replace("http:", "https:"))
    assert result == Unreachable(detail="TLS failed: no handshake in time")
    assert LIMIT <= seconds < LIMIT + SLACK


def test_a_peer_that_drips_under_tls_is_left_at_the_limit(tmp_path: Path) -> None:
    made = certificate(tmp_path)

    def drip_under_tls(plain: socket.socket) -> None:
        with made.server().wrap_socket(plain, server_side=True) as connection:
            drip(connection, HEAD, b"X-Slow: yes\r\n")

    caller = Caller(allow_private=True, seconds=LIMIT, ca_bundle=str(made.path), resolver=lambda _: ["127.0.0.1"])
    with rude(drip_under_tls, reads_request=False) as url:
        began = monotonic()
        result = caller.post(url.replace("http://127.0.0.1", "https://lms.example"), b"{}", {}, NOW)
    assert result == TOO_LATE
    assert LIMIT <= monotonic() - began < LIMIT + SLACK


def test_calls_of_another_thread_do_not_prolong_a_call() -> None:
    caller = Caller(allow_private=True, seconds=LIMIT)
    with rude(ENDLESS["drips headers"]) as slow, running(Peer()) as quick, ThreadPoolExecutor(1) as thread:
        began = monotonic()
        slow_call = thread.submit(caller.post, slow, b"{}", {}, NOW)
        while not slow_call.done() and monotonic() - began < LIMIT + SLACK:
            caller.post(quick.url, b"{}", {}, NOW)
        assert slow_call.done()


def test_a_name_that_is_never_resolved_is_left_at_the_limit(over: Event) -> None:
    caller = Caller(seconds=LIMIT, resolver=lambda _: [str(over.wait(5))])
    began = monotonic()
    assert caller.post("http://lms.example/", b"", {}, NOW) == Unreachable(
        detail="lms.example was not resolved in time"
    )
    assert LIMIT <= monotonic() - began < LIMIT + SLACK


LONG = b"x" * 10 * 1024 * 1024
LONG_ANSWERS: dict[str, tuple[bytes, type[PushResult]]] = {
    "with a length": (HEAD + b"Content-Length: %d\r\n\r\n" % len(LONG) + LONG, Delivered),
    "in one chunk": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(LONG) + LONG, Delivered),
    "without a length": (HEAD + b"\r\n" + LONG, Delivered),
    "of a redirect": (b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\n\r\n" + LONG, Refused),
}


@pytest.mark.parametrize(("answer", "kind"), LONG_ANSWERS.values(), ids=LONG_ANSWERS)
def test_an_answer_of_ten_mebibytes_is_cut_and_not_read_to_its_end(answer: bytes, kind: type[PushResult]) -> None:
    unsent: list[bool] = []

    def send_all(connection: socket.socket) -> None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
        unsent.append(True)
        connection.sendall(answer)
        unsent.clear()

    with rude(send_all) as url:
        result, seconds = timed(url, limit=AMPLE)
    assert isinstance(result, kind)
    assert seconds < AMPLE
    assert unsent == [True]


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


BROKEN: dict[str, Script] = {
    "resets the connection": reset,
    "closes it": lambda peer: None,
    "closes it within the status line": lambda peer: peer.sendall(b"HTTP/1.1 20"),
    "closes it within the body": lambda peer: peer.sendall(HEAD + b"Content-Length: 10\r\n\r\nhalf"),
    "closes it within a chunk": lambda peer: peer.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\nff\r\nhalf"),
    "does not speak HTTP": lambda peer: peer.sendall(b"220 mail.example ESMTP\r\n"),
    "speaks a later HTTP": lambda peer: peer.sendall(b"HTTP/9.0 200 OK\r\n\r\n"),
    "answers nonsense": lambda peer: peer.sendall(b"HTTP/1.1 abc\r\n\r\n"),
    "answers NUL bytes": lambda peer: peer.sendall(b"\0" * 100_000),
    "sends a header without end": lambda peer: peer.sendall(HEAD + b"X: " + b"y" * 100_000),
    "sends headers without end": lambda peer: peer.sendall(HEAD + b"X: y\r\n" * 200),
    "contradicts itself about the length": lambda peer: peer.sendall(HEAD + b"Content-Length: 5, 7\r\n\r\nhello"),
    "counts chunks in no number": lambda peer: peer.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"),
}


@pytest.mark.parametrize("script", BROKEN.values(), ids=BROKEN)
def test_a_peer_that_breaks_the_connection_or_the_protocol_is_unreachable(script: Script) -> None:
    with rude(script) as url:
        result, seconds = timed(url, limit=AMPLE)
    assert isinstance(result, Unreachable)
    assert result.detail.startswith("no whole answer: ")
    assert seconds < AMPLE


def test_a_port_where_nobody_listens_is_unreachable() -> None:
    result, _ = timed(f"http://127.0.0.1:{closed_port()}/")
    assert result == Unreachable(detail="no connection to 127.0.0.1: Connection refused")
