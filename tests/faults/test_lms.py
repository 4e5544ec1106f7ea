"""An LMS that answers in every wrong way, for a while or for an hour of a manual clock."""

import socket
import struct
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import cycle
from threading import Event

import pytest

from proctor_results.deliveries.manage import list_pending, retry_pending
from proctor_results.deliveries.model import DeliveryFilter
from proctor_results.deliveries.targets.webhook import WebhookTarget
from proctor_results.dependencies import Dependencies
from proctor_results.http_client.client import HttpClient
from tests.faults.support.fake_lms import ConnectionScript, FakeLms
from tests.faults.support.reconcile import as_answered_posts, find_faults
from tests.support.reports import NOW, accepted, body, record, rejected
from tests.support.stepped_worker import SteppedWorker

RESPONSE_HEAD = b"HTTP/1.1 200 OK\r\nConnection: close\r\n"
LONG_BODY = b"x" * 10 * 1024 * 1024
UNREACHABLE_ADDRESS = "3000::1"
SECRET = "whsec_c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"


@pytest.fixture
def deps(deps: Dependencies, lms: FakeLms) -> Dependencies:
    return with_target(deps, lms, HttpClient(allow_private=True, seconds=0.3))


def with_target(
    deps: Dependencies, lms: FakeLms, http_client: HttpClient, host: str = "127.0.0.1"
) -> Dependencies:
    """Return dependencies that deliver to that LMS only."""
    url = lms.url.replace("127.0.0.1", host)
    return replace(deps, targets=(WebhookTarget(url=url, secret=SECRET, http_client=http_client),))


def drip_bytes(connection: socket.socket) -> None:
    connection.sendall(RESPONSE_HEAD)
    while True:
        Event().wait(0.02)
        connection.sendall(b"X")


def hang_up_never(connection: socket.socket) -> None:
    connection.recv(1)


def reset_connection(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def respond(response: bytes) -> ConnectionScript:
    return lambda connection: connection.sendall(response)


SCRIPTS: dict[str, ConnectionScript] = {
    "drips bytes": drip_bytes,
    "hangs": hang_up_never,
    "resets the connection once it has the message": reset_connection,
    "closes in the middle of its response": respond(
        RESPONSE_HEAD + b"Content-Length: 10\r\n\r\nhalf"
    ),
    "answers 500": respond(b"HTTP/1.1 500 Oh\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"),
    "answers 429": respond(
        b"HTTP/1.1 429 Oh\r\nConnection: close\r\nContent-Length: 0\r\nRetry-After: 90\r\n\r\n"
    ),
    "answers 200 with 10 MiB": respond(
        RESPONSE_HEAD + b"Content-Length: %d\r\n\r\n" % len(LONG_BODY) + LONG_BODY
    ),
    "redirects": respond(
        b"HTTP/1.1 302 Found\r\nConnection: close\r\nContent-Length: 0\r\nLocation: /there\r\n\r\n"
    ),
    "answers 404": respond(b"HTTP/1.1 404 Oh\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"),
    "answers 410": respond(b"HTTP/1.1 410 Oh\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"),
}


@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS)
def test_an_lms_with_faulty_responses_ends_up_with_the_current_state(
    deps: Dependencies, lms: FakeLms, script: ConnectionScript
) -> None:
    lms.scripts = [script] * 3
    times = (NOW + timedelta(minutes=minute) for minute in range(10_000))
    for report in REPORTS:
        record(deps, report, next(times))
        deliver_due(deps, next(times))

    retry_pending(deps, DeliveryFilter(), next(times))  # what was refused waits for a person
    deliver_all(deps, times)
    assert find_faults(deps.database, as_answered_posts(REPORTS), lms.received) == []


def test_after_an_hour_of_500_the_lms_has_the_newest_of_each_session(
    deps: Dependencies, lms: FakeLms
) -> None:
    lms.scripts = [SCRIPTS["answers 500"]] * 10_000
    times = (NOW + timedelta(minutes=minute) for minute in range(10_000))
    reports = [body(identifier=f"exam-{minute % 7}", score=40 + minute) for minute in range(60)]
    for report, now in zip(reports, times, strict=False):
        record(deps, report, now)
        deliver_due(deps, now)
    assert len(list_pending(deps, 10)) == 7

    lms.scripts = []
    deliver_all(deps, times)
    assert find_faults(deps.database, as_answered_posts(reports), lms.received) == []


def test_dns_rebinding_to_a_private_address_sends_nothing(deps: Dependencies, lms: FakeLms) -> None:
    resolved_addresses = cycle([[UNREACHABLE_ADDRESS], ["127.0.0.1"]])
    deps_with_rebinding = with_target(
        deps,
        lms,
        HttpClient(seconds=0.3, resolver=lambda _: next(resolved_addresses)),
        "lms.example",
    )
    times = (NOW + timedelta(minutes=minute) for minute in range(10_000))
    for report in REPORTS:
        record(deps_with_rebinding, report, next(times))
        deliver_due(deps_with_rebinding, next(times))
    assert lms.received == []

    deliver_all(deps, times)
    assert find_faults(deps.database, as_answered_posts(REPORTS), lms.received) == []


REPORTS: Sequence[bytes] = (
    body(identifier="exam-1"),
    rejected(identifier="exam-1", signed_at="2022-02-19T09:00:00.000Z"),
    rejected(identifier="exam-2", signed_at="2022-02-19T09:00:00.000Z"),
    accepted(identifier="exam-1"),
    accepted(identifier="exam-2"),
    rejected(identifier="exam-1"),
)


def deliver_due(deps: Dependencies, now: datetime) -> None:
    """Let a worker run until nothing is due."""
    worker = SteppedWorker()
    worker.take_step(deps, 10, now)
    while worker.has_work:
        worker.take_step(deps, 10, now)


def deliver_all(deps: Dependencies, times: Iterator[datetime]) -> None:
    while list_pending(deps, 1):
        deliver_due(deps, next(times))
