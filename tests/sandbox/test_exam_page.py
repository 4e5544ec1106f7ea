"""The simulated exam page, against a fake service."""

import time
from collections.abc import Callable

import pytest

from sandbox.exam_page import (
    HeartbeatLog,
    HeartbeatReply,
    RequestFailedError,
    SimulatedExamPage,
    heartbeat_loop,
    launch_session,
)
from tests.support.fake_service import (
    ALLOWED_OTHER_HEARTBEATS,
    HEARTBEAT_INTERVAL_MS,
    REFUSES_LAUNCHES,
    FakeService,
)

UNLOCKED_REPLY = HeartbeatReply(holds=(), next_in_seconds=HEARTBEAT_INTERVAL_MS / 1000)


def launch_page(service: FakeService, identifier: str = "s-1") -> SimulatedExamPage:
    return launch_session(service.url, "lms-key", identifier, "learner-1")


def wait_until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_it_sends_heartbeats_as_reconnect_js_does(fake_service: FakeService) -> None:
    exam_page = launch_page(fake_service)

    assert [exam_page.send_heartbeat(), exam_page.send_heartbeat()] == [
        UNLOCKED_REPLY,
        UNLOCKED_REPLY,
    ]

    assert fake_service.heartbeats == [
        {"count": count, "stop": False, "token": "1"} for count in (1, 2)
    ]
    assert fake_service.headers["Content-Type"] == "text/plain;charset=UTF-8"


def test_it_sends_stop(fake_service: FakeService) -> None:
    assert launch_page(fake_service).send_stop() == HeartbeatReply(holds=(), next_in_seconds=None)
    assert fake_service.heartbeats[-1]["stop"]


def test_it_receives_the_holds_of_its_exam(fake_service: FakeService) -> None:
    exam_page, other_page = launch_page(fake_service), launch_page(fake_service, "s-2")
    exam_page.send_heartbeat()
    for _ in range(ALLOWED_OTHER_HEARTBEATS + 1):
        other_page.send_heartbeat()
    assert exam_page.send_heartbeat().holds == ("disconnected",)


def test_it_sends_heartbeats_at_the_interval_it_is_given_until_disconnected(
    fake_service: FakeService,
) -> None:
    started = time.monotonic()
    with heartbeat_loop(launch_page(fake_service)) as heartbeat_log:
        wait_until(lambda: len(heartbeat_log.replies) >= 5)
        assert time.monotonic() - started >= 4 * HEARTBEAT_INTERVAL_MS / 1000
    heartbeat_count = len(fake_service.heartbeats)
    time.sleep(5 * HEARTBEAT_INTERVAL_MS / 1000)
    assert len(fake_service.heartbeats) == len(heartbeat_log.replies) == heartbeat_count


def test_it_keeps_trying_and_records_the_error(fake_service: FakeService) -> None:
    exam_page, fake_service.failures_left = launch_page(fake_service), 5
    errors = set()

    def has_reply(heartbeat_log: HeartbeatLog) -> bool:
        errors.add(heartbeat_log.last_error)
        return bool(heartbeat_log.replies)

    with heartbeat_loop(exam_page) as heartbeat_log:
        wait_until(lambda: has_reply(heartbeat_log))
    assert f"{exam_page.heartbeats_url} answers 503 no tables" in errors
    assert heartbeat_log.last_error == ""


def test_a_rejected_launch_is_reported(fake_service: FakeService) -> None:
    fake_service.fault = REFUSES_LAUNCHES
    with pytest.raises(RequestFailedError, match=r"/sessions answers 422 no launches here$"):
        launch_page(fake_service)


def test_an_unreachable_service_is_reported_in_one_line(nowhere: str) -> None:
    with pytest.raises(RequestFailedError, match=f"^no answer from {nowhere}/sessions$"):
        launch_session(nowhere, "lms-key", "s-1", "learner-1")
