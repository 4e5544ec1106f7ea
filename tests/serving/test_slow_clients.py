"""However many clients are slow, in whatever way, everybody else is served."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from socket import socket

import pytest

from tests.serving.doors import Door, request

SLOW = 32
"""Twice as many as there are threads."""

BUNDLE = request("/docs/swagger-ui-bundle.js")
POST = "/webhooks/supervisor"


def keyed(door: Door) -> bytes:
    return b"X-Api-Key: " + door.premises.vendor_key.encode()


WAYS: dict[str, tuple[Callable[[Door], bytes], bytes]] = {
    "say nothing": (lambda _: b"", b""),
    "drip a head": (lambda _: b"GET /healthz HTTP/1.1\r\nHost: a\r\nA: ", b"a"),
    "drip a body": (lambda door: request(POST, keyed(door), b"Content-Length: 9999", method="POST"), b" "),
    "drip a body without a key": (lambda _: request(POST, b"Content-Length: 9999", method="POST"), b" "),
    "drip chunks": (lambda _: request(POST, b"Transfer-Encoding: chunked", method="POST"), b"1\r\n \r\n"),
    "never fetch a large answer": (lambda _: BUNDLE, b""),
    "never close": (lambda _: request("/healthz", b"Connection: close"), b""),
    "never close after a mistake": (lambda _: b"NONSENSE\r\n\r\n", b""),
    "ask for a body's permission and send none": (
        lambda _: request(POST, b"Expect: 100-continue", b"Content-Length: 9", method="POST"),
        b"",
    ),
}


@pytest.mark.parametrize(("begin", "drip"), WAYS.values(), ids=WAYS.keys())
def test_who_is_quick_is_served_among_many_who(opened: Door, begin: Callable[[Door], bytes], drip: bytes) -> None:
    with ExitStack() as stack:
        wires = [stack.enter_context(closing(opened.wire(receive_buffer=2048))) for _ in range(SLOW)]
        for wire in wires:
            wire.sendall(begin(opened))

        with dripping(wires, drip):
            assert [opened.is_open() for _ in range(3)] == [True] * 3


def test_a_large_answer_that_is_fetched_slowly_comes_whole(opened: Door) -> None:
    quick = opened.told(request("/docs/swagger-ui-bundle.js", b"Connection: close"))

    with closing(opened.wire(receive_buffer=2048)) as wire:
        wire.sendall(request("/docs/swagger-ui-bundle.js", b"Connection: close"))
        slow = b"".join(iter(lambda: wire.recv(4096), b""))

    assert len(quick) > 1_000_000
    assert slow.partition(b"\r\n\r\n")[2] == quick.partition(b"\r\n\r\n")[2]


@contextmanager
def dripping(wires: list[socket], drip: bytes) -> Iterator[None]:
    """A little more on every wire, again and again."""
    done = threading.Event()
    thread = threading.Thread(target=_drip, args=(wires, drip, done))
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _drip(wires: list[socket], drip: bytes, done: threading.Event) -> None:
    while not done.wait(0.1):
        for wire in wires:
            with suppress(OSError):  # given up on by the other end
                wire.sendall(drip)
