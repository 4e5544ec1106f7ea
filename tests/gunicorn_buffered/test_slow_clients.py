"""Slow clients of every kind do not keep other clients from being served."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from socket import socket

import pytest

from tests.support.gunicorn_server import GunicornServer, build_request

SLOW_CLIENT_COUNT = 32
"""Twice as many as there are threads."""

LARGE_FILE_REQUEST = build_request("/docs/swagger-ui-bundle.js")
WEBHOOK_PATH = "/webhooks/supervisor"


def key_header(server: GunicornServer) -> bytes:
    return b"X-Api-Key: " + server.demo_environment.vendor_key.encode()


SLOW_CLIENTS: dict[str, tuple[Callable[[GunicornServer], bytes], bytes]] = {
    "say nothing": (lambda _: b"", b""),
    "drip a head": (lambda _: b"GET /healthz HTTP/1.1\r\nHost: a\r\nA: ", b"a"),
    "drip a body": (
        lambda server: build_request(
            WEBHOOK_PATH, key_header(server), b"Content-Length: 9999", method="POST"
        ),
        b" ",
    ),
    "drip a body without a key": (
        lambda _: build_request(WEBHOOK_PATH, b"Content-Length: 9999", method="POST"),
        b" ",
    ),
    "drip chunks": (
        lambda _: build_request(WEBHOOK_PATH, b"Transfer-Encoding: chunked", method="POST"),
        b"1\r\n \r\n",
    ),
    "never fetch a large answer": (lambda _: LARGE_FILE_REQUEST, b""),
    "never close": (lambda _: build_request("/healthz", b"Connection: close"), b""),
    "never close after a mistake": (lambda _: b"NONSENSE\r\n\r\n", b""),
    "ask for a body's permission and send none": (
        lambda _: build_request(
            WEBHOOK_PATH, b"Expect: 100-continue", b"Content-Length: 9", method="POST"
        ),
        b"",
    ),
}


@pytest.mark.parametrize(("first_bytes", "drip"), SLOW_CLIENTS.values(), ids=SLOW_CLIENTS.keys())
def test_a_fast_client_is_served_among_many_that(
    opened: GunicornServer, first_bytes: Callable[[GunicornServer], bytes], drip: bytes
) -> None:
    with ExitStack() as stack:
        connections = [
            stack.enter_context(closing(opened.connection(receive_buffer=2048)))
            for _ in range(SLOW_CLIENT_COUNT)
        ]
        for connection in connections:
            connection.sendall(first_bytes(opened))

        with send_slowly(connections, drip):
            assert [opened.is_responsive() for _ in range(3)] == [True] * 3


def test_a_large_response_that_is_read_slowly_arrives_complete(opened: GunicornServer) -> None:
    read_fast = opened.exchange(build_request("/docs/swagger-ui-bundle.js", b"Connection: close"))

    with closing(opened.connection(receive_buffer=2048)) as wire:
        wire.sendall(build_request("/docs/swagger-ui-bundle.js", b"Connection: close"))
        read_slowly = b"".join(iter(lambda: wire.recv(4096), b""))

    assert len(read_fast) > 1_000_000
    assert read_slowly.partition(b"\r\n\r\n")[2] == read_fast.partition(b"\r\n\r\n")[2]


@contextmanager
def send_slowly(connections: list[socket], drip: bytes) -> Iterator[None]:
    """Send a little on every connection again and again."""
    is_finished = threading.Event()
    thread = threading.Thread(target=_send_slowly_until, args=(connections, drip, is_finished))
    thread.start()
    try:
        yield
    finally:
        is_finished.set()
        thread.join()


def _send_slowly_until(
    connections: list[socket], drip: bytes, is_finished: threading.Event
) -> None:
    while not is_finished.wait(0.1):
        for connection in connections:
            with suppress(OSError):  # the other end has closed it
                connection.sendall(drip)
