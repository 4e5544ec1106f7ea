"""reconnect.js ends when it should, and only then."""

import time

import pytest

from tests.browser.support.exam_page import ExamPage
from tests.browser.support.service_stub import StubResponse, wait_until

UNAVAILABLE = StubResponse(status=503)
ENDED = StubResponse(next_in_ms=None)


@pytest.mark.parametrize(("status", "reason"), [(401, "token refused"), (404, "no such session")])
def test_it_ends_when_the_service_does_not_know_it(
    exam_page: ExamPage, status: int, reason: str
) -> None:
    exam_page.service_stub.default_response = StubResponse(status=status)
    exam_page.open(fast_timers=True)
    exam_page.start("intervalMs: 1000")
    exam_page.wait_for_state("ended")
    time.sleep(0.3)
    exam_page.run_javascript("dispatchEvent(new Event('online')); handle.stop(); handle.send({})")
    assert exam_page.recorded_events == ["connecting", f"ended: {reason}"]
    assert len(exam_page.service_stub.received) == 1


def test_responses_of_a_proxy_end_nothing(exam_page: ExamPage) -> None:
    exam_page.service_stub.responses = [
        StubResponse(status=404, raw_body="<h1>No such app</h1>"),
        StubResponse(status=401, raw_body='{"error": "proxy"}'),
        StubResponse(raw_body="<h1>Welcome to the hotel</h1>"),
        StubResponse(raw_body="null"),
        StubResponse(raw_body="{}"),
    ]
    exam_page.open(fast_timers=True)
    exam_page.start("intervalMs: 1000")
    exam_page.wait_for_state("connected")
    assert [event.partition(":")[0] for event in exam_page.recorded_events] == [
        "connecting",
        "offline",
        "connected",
    ]
    assert len(exam_page.service_stub.heartbeats) == 6


def test_it_ends_when_the_service_asks_for_no_more_heartbeats(exam_page: ExamPage) -> None:
    exam_page.service_stub.responses = [StubResponse(next_in_ms=1000), ENDED]
    exam_page.open(fast_timers=True)
    exam_page.start()
    exam_page.wait_for_state("ended")
    time.sleep(0.3)
    assert exam_page.recorded_events == ["connecting", "connected", "ended: over"]
    assert len(exam_page.service_stub.heartbeats) == 2


def test_no_heartbeat_follows_a_stop(exam_page: ExamPage) -> None:
    exam_page.service_stub.responses = [StubResponse(next_in_ms=60_000), ENDED]
    exam_page.open()
    exam_page.start()
    exam_page.wait_for_state("connected")
    exam_page.run_javascript("handle.stop(); handle.stop()")
    exam_page.wait_for_state("ended")
    exam_page.page.goto("about:blank")
    time.sleep(0.2)
    assert [heartbeat.body["stop"] for heartbeat in exam_page.service_stub.heartbeats] == [
        False,
        True,
    ]


def test_a_stop_during_a_response_is_sent_until_it_is_acknowledged(exam_page: ExamPage) -> None:
    exam_page.service_stub.responses = [StubResponse(), UNAVAILABLE, ENDED]
    exam_page.open(fast_timers=True)
    exam_page.start("onState: (state) => state === 'connected' && handle.stop()")
    exam_page.wait_for_state("ended")
    assert [heartbeat.body["stop"] for heartbeat in exam_page.service_stub.heartbeats] == [
        False,
        True,
        True,
    ]


def test_an_ended_page_stays_ended(exam_page: ExamPage) -> None:
    exam_page.service_stub.metrics_response = StubResponse(delay_seconds=0.2)
    exam_page.open()
    exam_page.start()
    exam_page.wait_for_state("connected")
    with exam_page.page.expect_response("**/metrics"):
        exam_page.run_javascript("handle.stop(); handle.send({})")
    time.sleep(0.1)
    assert exam_page.recorded_events == ["connecting", "connected", "ended: stopped"]


def test_a_stop_that_is_lost_is_sent_again(exam_page: ExamPage) -> None:
    exam_page.service_stub.responses = [StubResponse(), UNAVAILABLE, UNAVAILABLE, ENDED]
    exam_page.open(fast_timers=True)
    exam_page.start()
    exam_page.wait_for_state("connected")
    exam_page.run_javascript("handle.stop()")
    exam_page.wait_for_state("ended")
    assert [heartbeat.body["stop"] for heartbeat in exam_page.service_stub.heartbeats] == [
        False,
        True,
        True,
        True,
    ]
    assert exam_page.recorded_events[-1] == "ended: stopped"


def test_a_page_that_closes_sends_a_last_heartbeat_without_stop(exam_page: ExamPage) -> None:
    exam_page.open()
    exam_page.start()
    exam_page.wait_for_state("connected")
    exam_page.page.goto("about:blank")
    wait_until(
        lambda: (
            [heartbeat.body["count"] for heartbeat in exam_page.service_stub.heartbeats].count(1)
            == 2
        )
    )
    assert [
        heartbeat.body["stop"]
        for heartbeat in exam_page.service_stub.heartbeats
        if heartbeat.body["stop"]
    ] == []
    assert {heartbeat.content_type for heartbeat in exam_page.service_stub.heartbeats} == {
        "text/plain;charset=UTF-8"
    }


def test_a_page_that_closes_before_its_stop_was_acknowledged_sends_stop(
    exam_page: ExamPage,
) -> None:
    exam_page.open()
    exam_page.start()
    exam_page.wait_for_state("connected")
    exam_page.service_stub.default_response = StubResponse(delay_seconds=30)
    exam_page.run_javascript("handle.stop()")
    exam_page.wait_for_heartbeats(2)
    exam_page.page.goto("about:blank")
    exam_page.wait_for_heartbeats(3)
    assert exam_page.service_stub.heartbeats[2].body["stop"] is True
