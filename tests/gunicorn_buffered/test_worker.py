"""How the worker treats slow clients, large requests and unusual ones."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # ships no types
import pytest
from gunicorn.config import Config

from gunicorn_buffered.framing import MAX_BODY_BYTES
from gunicorn_buffered.worker import BufferedThreadWorker
from tests.gunicorn_buffered.test_slow_clients import (
    LARGE_FILE_REQUEST,
    WEBHOOK_PATH,
    key_header,
)
from tests.support.gunicorn_server import (
    GunicornServer,
    build_request,
    read_until_closed,
    response_statuses,
    run_gunicorn,
)
from tests.support.worker_fixtures import wait_until

MAX_CONNECTIONS = 20


@pytest.fixture(scope="module")
def opened(
    tmp_path_factory: pytest.TempPathFactory, sqlite_with_tables: Path
) -> Iterator[GunicornServer]:
    """A server with timeouts of a second and room for twenty connections."""
    options = [
        "--worker-class",
        "tests.gunicorn_buffered.worker_classes.ShortTimeoutWorker",
        "--worker-connections",
        str(MAX_CONNECTIONS),
    ]
    with run_gunicorn(
        tmp_path_factory.mktemp("gunicorn"), sqlite_with_tables, *options, "--threads", "4"
    ) as running:
        yield running


def parse_problem(received: bytes) -> tuple[int, str]:
    head, _, body = received.partition(b"\r\n\r\n")
    assert b"application/problem+json" in head
    return json.loads(body)["status"], json.loads(body)["detail"]


def test_a_request_that_is_incomplete_in_time_gets_408(opened: GunicornServer) -> None:
    assert parse_problem(opened.exchange(b"GET /healthz HTTP/1.1\r\n")) == (
        408,
        "the request did not come whole within 1 s",
    )
    assert parse_problem(
        opened.exchange(build_request(WEBHOOK_PATH, b"Content-Length: 9", method="POST", body=b"{"))
    ) == (
        408,
        "the request did not come whole within 1 s",
    )


def test_a_connection_that_sends_nothing_gets_nothing(opened: GunicornServer) -> None:
    assert opened.exchange() == b""


def test_a_client_that_does_not_read_its_response_is_disconnected(opened: GunicornServer) -> None:
    with closing(opened.connection(receive_buffer=2048)) as wire:
        wire.sendall(LARGE_FILE_REQUEST)
        wait_until(lambda: wire.getsockname() in opened.client_addresses)

        wait_until(lambda: wire.getsockname() not in opened.client_addresses)
        assert len(wire.recv(1_000_000)) < 1_000_000


def test_new_connections_are_served_however_many_are_pending(opened: GunicornServer) -> None:
    with ExitStack() as stack:
        for _ in range(3 * MAX_CONNECTIONS):
            stack.enter_context(closing(opened.connection())).sendall(b"GET / HTTP/1.1\r\n")

        assert opened.is_responsive()


def test_new_connections_are_served_however_many_are_kept_alive(opened: GunicornServer) -> None:
    with ExitStack() as stack:
        connections = [
            stack.enter_context(closing(opened.connection())) for _ in range(MAX_CONNECTIONS - 5)
        ]
        for connection in connections:
            connection.sendall(build_request())
            assert b"keep-alive" in connection.recv(4096)
        for _ in range(MAX_CONNECTIONS):
            stack.enter_context(closing(opened.connection()))

        assert opened.is_responsive()


def test_new_connections_are_served_at_the_open_file_limit(opened: GunicornServer) -> None:
    (worker,) = opened.workers
    limits_before = worker.rlimit(psutil.RLIMIT_NOFILE)
    worker.rlimit(psutil.RLIMIT_NOFILE, (worker.num_fds() + 5, limits_before[1]))
    try:
        with ExitStack() as stack:
            for _ in range(MAX_CONNECTIONS - 5):
                stack.enter_context(closing(opened.connection())).sendall(b"GET / HTTP/1.1\r\n")

            assert opened.is_responsive()
    finally:
        worker.rlimit(psutil.RLIMIT_NOFILE, limits_before)


def test_the_oldest_connection_is_closed_at_the_memory_limit(opened: GunicornServer) -> None:
    """Sixteen times a quarter of a megabyte is twice the limit."""
    with ExitStack() as stack:
        connections = [stack.enter_context(closing(opened.connection())) for _ in range(16)]
        for connection in connections:
            connection.sendall(
                build_request(
                    WEBHOOK_PATH, b"Content-Length: 262144", method="POST", body=b" " * 262_000
                )
            )
        assert opened.is_responsive()

        assert b"408 Request Timeout" in connections[0].recv(4096)


def test_pipelined_requests_are_answered_in_order(opened: GunicornServer) -> None:
    received = opened.exchange(
        build_request(),
        build_request("/nowhere"),
        build_request("/healthz", b"Connection: close") + build_request(),
    )

    assert response_statuses(received) == [200, 404, 200]


def test_expect_continue_is_answered_with_100(opened: GunicornServer) -> None:
    with closing(opened.connection()) as wire:
        request_head = build_request(
            WEBHOOK_PATH,
            key_header(opened),
            b"Expect: 100-continue",
            b"Content-Length: 18",
            method="POST",
        )
        wire.sendall(request_head)
        assert wire.recv(4096) == b"HTTP/1.1 100 Continue\r\n\r\n"
        wire.sendall(b'{"identifier":"a"}')

        assert response_statuses(wire.recv(4096))[-1] == 200


def send_chunked(opened: GunicornServer, body: bytes) -> bytes:
    return opened.exchange(
        build_request(
            WEBHOOK_PATH,
            key_header(opened),
            b"Transfer-Encoding: chunked",
            method="POST",
            body=body,
        )
    )


def test_a_body_in_chunks_is_read(opened: GunicornServer) -> None:
    with closing(opened.connection()) as wire:
        chunked_body = b'7;a=b\r\n{"ident\r\nb\r\nifier":"a"}\r\n0\r\nX: y\r\n\r\n'
        wire.sendall(
            build_request(
                WEBHOOK_PATH,
                key_header(opened),
                b"Transfer-Encoding: chunked",
                method="POST",
                body=chunked_body,
            )
        )

        assert response_statuses(wire.recv(4096)) == [200]


TOO_LARGE = {
    "of known length": (b"Content-Length: 9999999", b" " * 9_999_999),
    "in one chunk": (b"Transfer-Encoding: chunked", b"%x\r\n" % 9_999_999 + b" " * 9_999_999),
    "in many chunks": (b"Transfer-Encoding: chunked", (b"1000\r\n" + b" " * 4096 + b"\r\n") * 2000),
    "in tiny chunks": (b"Transfer-Encoding: chunked", b"1\r\n \r\n" * 999_999),
}


@pytest.mark.parametrize(("header", "body"), TOO_LARGE.values(), ids=TOO_LARGE.keys())
def test_a_body_too_large_is_rejected_and_the_connection_closed(
    opened: GunicornServer, header: bytes, body: bytes
) -> None:
    with closing(opened.connection()) as wire:
        wire.sendall(
            build_request(
                WEBHOOK_PATH,
                key_header(opened),
                header,
                method="POST",
                body=body[: 2 * MAX_BODY_BYTES + 10],
            )
        )

        assert parse_problem(read_until_closed(wire))[0] == 413


def test_a_stop_does_not_wait_for_idle_connections(
    opened: GunicornServer, tmp_path: Path, sqlite_with_tables: Path
) -> None:
    with run_gunicorn(tmp_path, sqlite_with_tables) as second_server, ExitStack() as stack:
        for _ in range(20):
            stack.enter_context(closing(second_server.connection()))
        assert second_server.is_responsive()

        second_server.stop()
        assert second_server.program.wait(5) == 0


def test_tls_settings_are_rejected() -> None:
    config = Config()
    config.set("certfile", "a")

    with pytest.raises(RuntimeError, match="TLS ends in front of this service"):
        BufferedThreadWorker.check_config(config, None)
