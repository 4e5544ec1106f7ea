"""What becomes of who is slow, of who sends too much, and of what comes in an unusual way."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # ships no types
import pytest
from gunicorn.config import Config

from proctor_results.serving.arriving import MOST_BODY
from proctor_results.serving.gate import Gate
from tests.serving.doors import Door, door, heard, request, statuses
from tests.serving.test_slow_clients import BUNDLE, POST, keyed
from tests.workplace import until

ROOM = 20


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory, sqlite_with_tables: Path) -> Iterator[Door]:
    """With a second's patience, and room for twenty."""
    options = ["--worker-class", "tests.serving.gates.Impatient", "--worker-connections", str(ROOM)]
    with door(tmp_path_factory.mktemp("door"), sqlite_with_tables, *options, "--threads", "4") as made:
        yield made


def problem(answers: bytes) -> tuple[int, str]:
    head, _, said = answers.partition(b"\r\n\r\n")
    assert b"application/problem+json" in head
    return json.loads(said)["status"], json.loads(said)["detail"]


def test_a_request_that_does_not_come_whole_in_time_is_told_so(opened: Door) -> None:
    assert problem(opened.told(b"GET /healthz HTTP/1.1\r\n")) == (408, "the request did not come whole within 1 s")
    assert problem(opened.told(request(POST, b"Content-Length: 9", method="POST", body=b"{"))) == (
        408,
        "the request did not come whole within 1 s",
    )


def test_who_says_nothing_is_told_nothing(opened: Door) -> None:
    assert opened.told() == b""


def test_who_does_not_fetch_an_answer_does_not_get_the_rest(opened: Door) -> None:
    with closing(opened.wire(receive_buffer=2048)) as wire:
        wire.sendall(BUNDLE)
        until(lambda: wire.getsockname() in opened.connected)

        until(lambda: wire.getsockname() not in opened.connected)
        assert len(wire.recv(1_000_000)) < 1_000_000


def test_newcomers_find_room_however_many_are_waiting(opened: Door) -> None:
    with ExitStack() as stack:
        for _ in range(3 * ROOM):
            stack.enter_context(closing(opened.wire())).sendall(b"GET / HTTP/1.1\r\n")

        assert opened.is_open()


def test_newcomers_find_room_however_many_are_kept_alive(opened: Door) -> None:
    with ExitStack() as stack:
        wires = [stack.enter_context(closing(opened.wire())) for _ in range(ROOM - 5)]
        for wire in wires:
            wire.sendall(request())
            assert b"keep-alive" in wire.recv(4096)
        for _ in range(ROOM):
            stack.enter_context(closing(opened.wire()))

        assert opened.is_open()


def test_newcomers_find_room_when_no_more_files_may_be_opened(opened: Door) -> None:
    (worker,) = opened.workers
    before = worker.rlimit(psutil.RLIMIT_NOFILE)
    worker.rlimit(psutil.RLIMIT_NOFILE, (worker.num_fds() + 5, before[1]))
    try:
        with ExitStack() as stack:
            for _ in range(ROOM - 5):
                stack.enter_context(closing(opened.wire())).sendall(b"GET / HTTP/1.1\r\n")

            assert opened.is_open()
    finally:
        worker.rlimit(psutil.RLIMIT_NOFILE, before)


def test_who_waits_longest_goes_when_all_hold_too_much_memory(opened: Door) -> None:
    """Sixteen times a quarter of a megabyte is twice what is allowed."""
    with ExitStack() as stack:
        wires = [stack.enter_context(closing(opened.wire())) for _ in range(16)]
        for wire in wires:
            wire.sendall(request(POST, b"Content-Length: 262144", method="POST", body=b" " * 262_000))
        assert opened.is_open()

        assert b"408 Request Timeout" in wires[0].recv(4096)


def test_requests_in_one_piece_are_answered_one_after_the_other(opened: Door) -> None:
    answers = opened.told(request(), request("/nowhere"), request("/healthz", b"Connection: close") + request())

    assert statuses(answers) == [200, 404, 200]


def test_who_asks_for_permission_is_told_to_go_on(opened: Door) -> None:
    with closing(opened.wire()) as wire:
        asked = request(POST, keyed(opened), b"Expect: 100-continue", b"Content-Length: 18", method="POST")
        wire.sendall(asked)
        assert wire.recv(4096) == b"HTTP/1.1 100 Continue\r\n\r\n"
        wire.sendall(b'{"identifier":"a"}')

        assert statuses(wire.recv(4096))[-1] == 200


def chunked(opened: Door, body: bytes) -> bytes:
    return opened.told(request(POST, keyed(opened), b"Transfer-Encoding: chunked", method="POST", body=body))


def test_a_body_in_chunks_is_read(opened: Door) -> None:
    with closing(opened.wire()) as wire:
        said = b'7;a=b\r\n{"ident\r\nb\r\nifier":"a"}\r\n0\r\nX: y\r\n\r\n'
        wire.sendall(request(POST, keyed(opened), b"Transfer-Encoding: chunked", method="POST", body=said))

        assert statuses(wire.recv(4096)) == [200]


TOO_LARGE = {
    "of known length": (b"Content-Length: 9999999", b" " * 9_999_999),
    "in one chunk": (b"Transfer-Encoding: chunked", b"%x\r\n" % 9_999_999 + b" " * 9_999_999),
    "in many chunks": (b"Transfer-Encoding: chunked", (b"1000\r\n" + b" " * 4096 + b"\r\n") * 2000),
    "in tiny chunks": (b"Transfer-Encoding: chunked", b"1\r\n \r\n" * 999_999),
}


@pytest.mark.parametrize(("header", "body"), TOO_LARGE.values(), ids=TOO_LARGE.keys())
def test_a_body_too_large_is_refused_and_the_connection_ends(opened: Door, header: bytes, body: bytes) -> None:
    with closing(opened.wire()) as wire:
        wire.sendall(request(POST, keyed(opened), header, method="POST", body=body[: 2 * MOST_BODY + 10]))

        assert problem(heard(wire))[0] == 413


def test_a_stop_waits_for_nobody_who_has_not_begun(opened: Door, tmp_path: Path, sqlite_with_tables: Path) -> None:
    with door(tmp_path, sqlite_with_tables) as other, ExitStack() as stack:
        for _ in range(20):
            stack.enter_context(closing(other.wire()))
        assert other.is_open()

        other.stop()
        assert other.program.wait(5) == 0


def test_tls_is_left_to_whoever_stands_in_front() -> None:
    config = Config()
    config.set("certfile", "a")

    with pytest.raises(RuntimeError, match="TLS ends in front of this service"):
        Gate.check_config(config, None)
