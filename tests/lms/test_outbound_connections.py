"""Connections are kept, per target and per thread, and never after an answer that was left unread."""

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from proctor_results.lms.base import Delivered, PushResult, Refused, Unreachable
from proctor_results.lms.outbound import Caller
from tests.lms.peers import Peer, rude, running

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


@pytest.fixture
def peer() -> Iterator[Peer]:
    with running(Peer(body=b"thanks")) as peer:
        yield peer


def call(url: str, caller: Caller) -> PushResult:
    return caller.post(url, b"{}", {}, NOW)


def connections(peer: Peer) -> int:
    return len({received.connection for received in peer.received})


@pytest.mark.parametrize("status", [200, 204, 307, 404, 503])
def test_calls_to_one_target_share_a_connection_whatever_is_answered(peer: Peer, status: int) -> None:
    peer.status, caller = status, Caller(allow_private=True)
    peer.body = b"" if status == 204 else peer.body
    for _ in range(3):
        call(peer.url, caller)
    assert (len(peer.received), connections(peer)) == (3, 1)


def test_each_target_has_its_own_connection(peer: Peer) -> None:
    caller = Caller(allow_private=True)
    with running(Peer()) as other:
        for url in (peer.url, other.url) * 2:
            call(url, caller)
        assert (connections(peer), connections(other)) == (1, 1)


def test_two_threads_call_at_once_each_by_its_own_connection(peer: Peer) -> None:
    caller, together = Caller(allow_private=True), threading.Barrier(2)

    def calls() -> list[PushResult]:
        together.wait(5)
        return [call(peer.url, caller) for _ in range(50)]

    with ThreadPoolExecutor(2) as threads:
        results = [result for each in [threads.submit(calls), threads.submit(calls)] for result in each.result(10)]
    assert results == [Delivered(status=200, detail="answered 200: thanks")] * 100
    assert connections(peer) == 2


def test_an_answer_too_long_to_read_costs_its_connection(peer: Peer) -> None:
    peer.body, caller = b"x" * 8193, Caller(allow_private=True)
    assert [type(call(peer.url, caller)) for _ in range(2)] == [Delivered, Delivered]
    assert connections(peer) == 2


def test_an_answer_of_exactly_the_limit_does_not(peer: Peer) -> None:
    peer.body, caller = b"x" * 8192, Caller(allow_private=True)
    assert [type(call(peer.url, caller)) for _ in range(2)] == [Delivered, Delivered]
    assert connections(peer) == 1


def test_a_connection_that_the_target_closed_meanwhile_is_opened_anew() -> None:
    caller, closed = Caller(allow_private=True), threading.Event()

    def answer_once(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        connection.shutdown(socket.SHUT_WR)
        closed.set()

    with rude(answer_once) as url:
        assert isinstance(call(url, caller), Delivered)
        assert closed.wait(5)
        assert isinstance(call(url, caller), Delivered)


def test_the_answer_behind_an_interim_one_is_never_taken_for_that_of_the_next_call() -> None:
    def hint_then_answer(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 103 Early Hints\r\n\r\n")
        connection.recv(1)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    caller = Caller(allow_private=True)
    with rude(hint_then_answer) as url:
        assert [type(call(url, caller)) for _ in range(2)] == [Refused, Refused]


def test_a_call_that_took_too_long_does_not_shorten_the_next_one(peer: Peer) -> None:
    caller = Caller(allow_private=True, seconds=0.5)
    with rude(lambda connection: connection.recv(1)) as silent:
        assert isinstance(call(silent, caller), Unreachable)
    assert isinstance(call(peer.url, caller), Delivered)
