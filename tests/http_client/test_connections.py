"""Connections are kept per target and thread, but not after an unread response."""

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from proctor_results.deliveries.targets.base import (
    Delivered,
    PushResult,
    Refused,
    Unreachable,
)
from proctor_results.http_client.client import HttpClient
from tests.support.http_calls import post
from tests.support.http_servers import LocalServer, serve, serve_script

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


@pytest.fixture
def peer() -> Iterator[LocalServer]:
    with serve(LocalServer(body=b"thanks")) as peer:
        yield peer


def call(url: str, http_client: HttpClient) -> PushResult:
    return post(http_client, url, b"{}", {}, NOW)


def connection_count(peer: LocalServer) -> int:
    return len({received.connection for received in peer.received})


@pytest.mark.parametrize("status", [200, 204, 307, 404, 503])
def test_calls_to_one_target_share_a_connection_whatever_is_answered(
    peer: LocalServer, status: int
) -> None:
    peer.status, http_client = status, HttpClient(allow_private=True)
    peer.body = b"" if status == 204 else peer.body
    for _ in range(3):
        call(peer.url, http_client)
    assert (len(peer.received), connection_count(peer)) == (3, 1)


def test_each_target_has_its_own_connection(peer: LocalServer) -> None:
    http_client = HttpClient(allow_private=True)
    with serve(LocalServer()) as other:
        for url in (peer.url, other.url) * 2:
            call(url, http_client)
        assert (connection_count(peer), connection_count(other)) == (1, 1)


def test_two_threads_call_at_once_each_by_its_own_connection(peer: LocalServer) -> None:
    http_client, barrier = HttpClient(allow_private=True), threading.Barrier(2)

    def call_repeatedly() -> list[PushResult]:
        barrier.wait(5)
        return [call(peer.url, http_client) for _ in range(50)]

    with ThreadPoolExecutor(2) as threads:
        results = [
            result
            for future in [threads.submit(call_repeatedly), threads.submit(call_repeatedly)]
            for result in future.result(10)
        ]
    assert results == [Delivered(status=200, detail="answered 200: thanks")] * 100
    assert connection_count(peer) == 2


def test_a_response_too_long_to_read_closes_its_connection(peer: LocalServer) -> None:
    peer.body, http_client = b"x" * 8193, HttpClient(allow_private=True)
    assert [type(call(peer.url, http_client)) for _ in range(2)] == [Delivered, Delivered]
    assert connection_count(peer) == 2


def test_a_response_of_exactly_the_limit_keeps_its_connection(peer: LocalServer) -> None:
    peer.body, http_client = b"x" * 8192, HttpClient(allow_private=True)
    assert [type(call(peer.url, http_client)) for _ in range(2)] == [Delivered, Delivered]
    assert connection_count(peer) == 1


def test_a_connection_that_the_target_closed_meanwhile_is_opened_anew() -> None:
    http_client, closed = HttpClient(allow_private=True), threading.Event()

    def answer_once(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        connection.shutdown(socket.SHUT_WR)
        closed.set()

    with serve_script(answer_once) as url:
        assert isinstance(call(url, http_client), Delivered)
        assert closed.wait(5)
        assert isinstance(call(url, http_client), Delivered)


def test_the_answer_behind_an_interim_one_is_never_taken_for_that_of_the_next_call() -> None:
    def hint_then_answer(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 103 Early Hints\r\n\r\n")
        connection.recv(1)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    http_client = HttpClient(allow_private=True)
    with serve_script(hint_then_answer) as url:
        assert [type(call(url, http_client)) for _ in range(2)] == [Refused, Refused]


def test_a_call_that_took_too_long_does_not_shorten_the_next_one(peer: LocalServer) -> None:
    http_client = HttpClient(allow_private=True, seconds=0.5)
    with serve_script(lambda connection: connection.recv(1)) as slow_url:
        assert isinstance(call(slow_url, http_client), Unreachable)
    assert isinstance(call(peer.url, http_client), Delivered)
