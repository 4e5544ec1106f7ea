"""reconnect.js calls the page when its exam is locked or unlocked."""

from tests.browser.support.exam_page import ExamPage
from tests.browser.support.service_stub import StubResponse, wait_until

DISCONNECTED = StubResponse(holds=("disconnected",), next_in_ms=1000)
DISCONNECTED_AND_MANUAL = StubResponse(holds=("disconnected", "manual"), next_in_ms=1000)
UNLOCKED = StubResponse(next_in_ms=1000)
RECORD_EVENTS = """
window.documentEvents = [];
for (const name of ["state", "locked", "unlocked"])
  document.addEventListener("proctor-results:" + name, ({detail}) => {
    documentEvents.push([name, detail.state || detail.holds]);
  });
"""


def test_the_page_gets_one_event_for_a_lock_and_one_for_its_end(exam_page: ExamPage) -> None:
    exam_page.service_stub.responses = [
        UNLOCKED,
        DISCONNECTED,
        DISCONNECTED,
        DISCONNECTED_AND_MANUAL,
        UNLOCKED,
    ]
    exam_page.open(fast_timers=True)
    exam_page.start()
    exam_page.wait_for_heartbeats(6)
    assert exam_page.recorded_events == [
        "connecting",
        "connected",
        "locked",
        "locked by disconnected",
        "locked by disconnected and manual",
        "connected",
        "unlocked",
    ]


def test_a_locked_page_that_loses_the_network_stays_locked(exam_page: ExamPage) -> None:
    exam_page.service_stub.responses = [DISCONNECTED, StubResponse(status=503), DISCONNECTED]
    exam_page.service_stub.default_response = DISCONNECTED
    exam_page.open(fast_timers=True)
    exam_page.start()
    exam_page.wait_for_heartbeats(5)
    assert exam_page.recorded_events == [
        "connecting",
        "locked",
        "locked by disconnected",
        "offline: answered 503",
        "locked",
    ]


def test_a_session_that_is_over_and_locked_reports_both(exam_page: ExamPage) -> None:
    exam_page.service_stub.default_response = StubResponse(holds=("rejected",), next_in_ms=None)
    exam_page.open()
    exam_page.start()
    exam_page.wait_for_state("ended")
    assert exam_page.recorded_events == [
        "connecting",
        "locked",
        "locked by rejected",
        "ended: over",
    ]


def test_metrics_can_lock(exam_page: ExamPage) -> None:
    exam_page.service_stub.metrics_response = StubResponse(holds=("violation",))
    exam_page.open()
    exam_page.start()
    exam_page.wait_for_state("connected")
    exam_page.run_javascript("handle.send({metrics: {c2: 10}, weights: {c2: 4}})")
    exam_page.wait_for_state("locked")
    assert [stub_request.body for stub_request in exam_page.service_stub.metrics] == [
        {"token": "t", "metrics": {"c2": 10}, "weights": {"c2": 4}}
    ]


def test_an_older_response_that_arrives_late_changes_nothing(exam_page: ExamPage) -> None:
    exam_page.service_stub.metrics_response = StubResponse(holds=("violation",), delay_seconds=0.3)
    exam_page.open()
    exam_page.start()
    exam_page.wait_for_state("connected")
    with exam_page.page.expect_response("**/metrics"):
        exam_page.run_javascript(
            "handle.send({}); setTimeout(() => dispatchEvent(new Event('online')), 100)"
        )
    wait_until(lambda: len(exam_page.service_stub.heartbeats) == 2)
    assert exam_page.recorded_events == ["connecting", "connected"]


def test_the_document_gets_the_events_too(exam_page: ExamPage) -> None:
    exam_page.service_stub.responses = [UNLOCKED, DISCONNECTED, UNLOCKED]
    exam_page.open(fast_timers=True)
    exam_page.run_javascript(RECORD_EVENTS)
    exam_page.start()
    exam_page.wait_for_heartbeats(4)
    assert exam_page.page.evaluate("documentEvents") == [
        ["state", "connecting"],
        ["state", "connected"],
        ["state", "locked"],
        ["locked", ["disconnected"]],
        ["state", "connected"],
        ["unlocked", None],
    ]
