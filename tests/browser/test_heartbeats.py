"""reconnect.js sends heartbeats by itself, also to a service that is unreachable or slow."""

import time

from tests.browser.support.exam_page import ExamPage
from tests.browser.support.service_stub import StubResponse, wait_until

UNAVAILABLE = StubResponse(status=503)


def test_it_sends_a_heartbeat_with_its_token_at_once(exam_page: ExamPage) -> None:
    exam_page.open()
    exam_page.start()
    exam_page.wait_for_state("connected")
    assert [heartbeat.body for heartbeat in exam_page.service_stub.heartbeats] == [
        {"token": "t", "count": 1, "stop": False}
    ]
    assert exam_page.recorded_events == ["connecting", "connected"]


def test_no_cors_preflight_is_sent(exam_page: ExamPage) -> None:
    exam_page.open()
    exam_page.start()
    exam_page.run_javascript("handle.send({metrics: {}})")
    exam_page.wait_for_heartbeats(1)
    exam_page.wait_for_state("connected")
    assert {
        (stub_request.method, stub_request.content_type)
        for stub_request in exam_page.service_stub.received
    } == {("POST", "text/plain;charset=UTF-8")}


def test_it_follows_the_interval_it_is_given(exam_page: ExamPage) -> None:
    exam_page.service_stub.responses = [
        StubResponse(next_in_ms=3000),
        StubResponse(next_in_ms=5000),
    ]
    exam_page.open(fast_timers=True)
    exam_page.start()
    exam_page.wait_for_heartbeats(3)
    assert [heartbeat.body["count"] for heartbeat in exam_page.service_stub.heartbeats] == [1, 2, 3]
    assert exam_page.timer_delays[:2] == [3000, 5000]


def test_an_invalid_interval_does_not_cause_a_flood(exam_page: ExamPage) -> None:
    exam_page.service_stub.default_response = StubResponse(next_in_ms=-1)
    exam_page.open()
    for number, interval in enumerate(["-1", "0", "'soon'", "1e300", "Infinity", "{}"]):
        exam_page.start(f"intervalMs: {interval}, token: 'token {number}'")
    exam_page.wait_for_heartbeats(6)
    time.sleep(0.3)
    assert len(exam_page.service_stub.heartbeats) == 6


def test_it_retries_forever_with_backoff_up_to_its_interval(exam_page: ExamPage) -> None:
    exam_page.service_stub.responses = [UNAVAILABLE] * 7
    exam_page.service_stub.default_response = StubResponse(next_in_ms=9000)
    exam_page.open(fast_timers=True)
    exam_page.start("intervalMs: 10000")
    exam_page.wait_for_state("connected")
    bounds = [1000, 2000, 4000, 8000, 10_000, 10_000, 10_000]
    assert [
        bound / 2 <= delay <= bound
        for delay, bound in zip(exam_page.timer_delays, bounds, strict=False)
    ] == [True] * 7
    assert exam_page.timer_delays[7] == 9000
    assert exam_page.recorded_events == ["connecting", "offline: answered 503", "connected"]


def test_after_a_response_the_backoff_starts_again(exam_page: ExamPage) -> None:
    exam_page.service_stub.responses = [
        UNAVAILABLE,
        UNAVAILABLE,
        UNAVAILABLE,
        StubResponse(next_in_ms=9000),
        UNAVAILABLE,
    ]
    exam_page.open(fast_timers=True)
    exam_page.start("intervalMs: 10000")
    exam_page.wait_for_heartbeats(6)
    assert exam_page.timer_delays[4] <= 1000


def test_a_service_that_hangs_does_not_stall_it(exam_page: ExamPage) -> None:
    exam_page.service_stub.responses = [StubResponse(delay_seconds=30)]
    exam_page.open(fast_timers=True)
    exam_page.start()
    exam_page.wait_for_heartbeats(2)
    exam_page.wait_for_state("connected")
    assert exam_page.recorded_events[1].startswith("offline")


def test_a_cut_network_is_shown_and_its_return_is_noticed_at_once(exam_page: ExamPage) -> None:
    exam_page.service_stub.default_response = StubResponse(next_in_ms=200)
    exam_page.open()
    exam_page.start("intervalMs: 60000")
    exam_page.wait_for_state("connected")
    exam_page.page.context.set_offline(True)
    exam_page.wait_for_state("offline")
    exam_page.service_stub.default_response = StubResponse()
    exam_page.page.context.set_offline(False)
    exam_page.wait_for_state("connected")


def test_it_sends_a_heartbeat_as_soon_as_the_network_returns(exam_page: ExamPage) -> None:
    exam_page.open()
    exam_page.start()
    exam_page.wait_for_state("connected")
    exam_page.page.context.set_offline(True)
    exam_page.page.context.set_offline(False)
    exam_page.wait_for_heartbeats(2)


def test_a_tab_that_is_hidden_or_shown_sends_a_heartbeat_at_once(exam_page: ExamPage) -> None:
    exam_page.open()
    exam_page.start()
    exam_page.wait_for_state("connected")
    exam_page.run_javascript("document.dispatchEvent(new Event('visibilitychange'))")
    exam_page.wait_for_heartbeats(2)


def test_however_often_it_is_woken_only_one_timer_runs(exam_page: ExamPage) -> None:
    exam_page.service_stub.default_response = StubResponse(next_in_ms=300)
    exam_page.open()
    exam_page.start()
    exam_page.run_javascript("for (let i = 0; i < 20; i++) dispatchEvent(new Event('online'))")
    wait_until(
        lambda: any(
            heartbeat.body["count"] == 21 for heartbeat in exam_page.service_stub.heartbeats
        )
    )
    for heartbeat_count in range(
        len(exam_page.service_stub.heartbeats) + 1, len(exam_page.service_stub.heartbeats) + 6
    ):
        exam_page.run_javascript("dispatchEvent(new Event('online'))")
        exam_page.wait_for_heartbeats(heartbeat_count)
    before = len(exam_page.service_stub.heartbeats)
    time.sleep(1)
    assert 1 <= len(exam_page.service_stub.heartbeats) - before <= 4


def test_a_heartbeat_that_hangs_is_superseded_silently(exam_page: ExamPage) -> None:
    exam_page.service_stub.responses = [StubResponse(delay_seconds=30)]
    exam_page.open()
    exam_page.start()
    exam_page.wait_for_heartbeats(1)
    with exam_page.page.expect_event("requestfailed", timeout=4000):
        exam_page.run_javascript("dispatchEvent(new Event('online'))")
    exam_page.wait_for_state("connected")
    assert exam_page.recorded_events == ["connecting", "connected"]
