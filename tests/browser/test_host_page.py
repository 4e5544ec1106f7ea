"""reconnect.js is small, works with the vendor's script and disturbs nothing on the page."""

import re
import time

from tests.browser.support.exam_page import ExamPage
from tests.browser.support.service_stub import SCRIPT_PATH, StubResponse

FAKE_SUPERVISOR = """
{
  handlers: [],
  on(names, handler) { for (const name of [].concat(names)) this.handlers.push({name, handler}); },
  emit(name, data) {
    for (const entry of this.handlers) if (entry.name === name) entry.handler(data);
  },
}
"""
METRICS_EVENT = (
    "{metrics: {c2: 10}, weights: {c2: 4}, peak: 'c2', score: 60, threshold: 50, violated: false}"
)

INVALID_OPTIONS = [
    "undefined",
    "null",
    "42",
    "'text'",
    "{}",
    "{token: T}",
    "{heartbeats: 'x'}",
    "{get token() { throw 1; }}",
    "{heartbeats: 'http://[', token: T}",
    "{heartbeats: {}, token: {toJSON() { throw 1; }}}",
    "{heartbeats: Symbol(), token: Symbol()}",
    "{heartbeats: 'x', token: T, intervalMs: Symbol()}",
    "{heartbeats: 'x', token: T, onState: 42, supervisor: 42}",
    "{heartbeats: 'x', token: T, get onState() { throw 1; }, get vendorClient() { throw 1; }}",
    "{heartbeats: 'x', token: T, vendorClient: {on: 42}}",
    "{heartbeats: 'x', token: T, vendorClient: {get on() { throw 1; }}}",
    "{heartbeats: 'x', token: T, vendorClient: {on() { throw 1; }}}",
    "{heartbeats: 'x', token: T, vendorClient: {on: async () => { throw 1; }}}",
    "{heartbeats: 'x', token: T, onState() { throw 1; }}",
    "{heartbeats: 'x', token: T, onState: async () => { throw 1; }}",
]
"""Arguments that broken pages pass to `start`."""

CALL_EVERYTHING = """
    const handle = ProctorResults.start(%s);
    const loop = {};
    loop.loop = loop;
    const events = [undefined, null, 42, loop, {get metrics() { throw 1; }}];
    for (const event of events) handle.send(event);
    dispatchEvent(new Event("online"));
    dispatchEvent(new Event("pagehide"));
    handle.stop();
    handle.state;
"""


def test_it_is_smaller_than_six_kibibytes() -> None:
    assert 1024 < len(SCRIPT_PATH.read_bytes()) < 6 * 1024


def test_it_uses_no_syntax_newer_than_supported() -> None:
    newer_syntax = (
        r"\?\.|\?\?|catch \{|\.\.\.[\w\[({]|\.finally\(|\.flat"
        r"|for await|\bimport\b|\bexport\b|#\w+ *[=(]"
    )
    assert re.findall(newer_syntax, SCRIPT_PATH.read_text()) == []


def test_it_adds_one_name_to_the_page(exam_page: ExamPage) -> None:
    exam_page.open("<p>")
    before = exam_page.page.evaluate("Object.getOwnPropertyNames(window)")
    exam_page.page.add_script_tag(url=f"{exam_page.service_stub.origin}/reconnect.js")
    assert set(exam_page.page.evaluate("Object.getOwnPropertyNames(window)")) - set(before) == {
        "ProctorResults"
    }


def test_starting_twice_with_one_token_is_starting_once(exam_page: ExamPage) -> None:
    exam_page.open()
    exam_page.start()
    exam_page.run_javascript("first = handle")
    exam_page.start()
    exam_page.wait_for_state("connected")
    assert exam_page.page.evaluate("first === handle")
    assert len(exam_page.service_stub.heartbeats) == 1


def test_the_supervisors_metrics_are_passed_on_once(exam_page: ExamPage) -> None:
    exam_page.service_stub.default_response = StubResponse(next_in_ms=100)
    exam_page.open()
    exam_page.run_javascript(f"s = {FAKE_SUPERVISOR}")
    exam_page.start("vendorClient: s")
    exam_page.wait_for_heartbeats(3)
    exam_page.run_javascript(f"s.emit('metrics', {METRICS_EVENT})")
    exam_page.wait_for_heartbeats(5)
    assert [
        (stub_request.body["token"], stub_request.body["peak"])
        for stub_request in exam_page.service_stub.metrics
    ] == [("t", "c2")]


def test_without_a_metrics_url_none_are_sent(exam_page: ExamPage) -> None:
    exam_page.open()
    exam_page.start("metrics: undefined")
    exam_page.run_javascript("handle.send({})")
    exam_page.wait_for_state("connected")
    assert [stub_request.path for stub_request in exam_page.service_stub.received] == ["heartbeats"]


def test_the_supervisors_stop_is_a_stop(exam_page: ExamPage) -> None:
    exam_page.open()
    exam_page.run_javascript(f"s = {FAKE_SUPERVISOR}")
    exam_page.start("vendorClient: s")
    exam_page.run_javascript("s.emit('stop')")
    exam_page.wait_for_state("ended")
    assert exam_page.service_stub.heartbeats[-1].body["stop"] is True


def test_a_supervisor_created_later_is_found(exam_page: ExamPage) -> None:
    exam_page.service_stub.default_response = StubResponse(next_in_ms=100)
    exam_page.open()
    exam_page.start("vendorClient: 'supervisor'")
    exam_page.wait_for_heartbeats(2)
    exam_page.run_javascript(f"window.supervisor = {FAKE_SUPERVISOR}")
    exam_page.wait_for_heartbeats(4)
    exam_page.run_javascript("supervisor.emit('stop')")
    exam_page.wait_for_state("ended")


def test_metrics_wake_a_tab_whose_timers_are_slow(exam_page: ExamPage) -> None:
    exam_page.service_stub.responses = [StubResponse(next_in_ms=500)]
    exam_page.open()
    exam_page.run_javascript("window.setTimeout = () => 0")
    exam_page.start()
    exam_page.wait_for_state("connected")
    time.sleep(0.6)
    exam_page.run_javascript("handle.send({})")
    exam_page.wait_for_heartbeats(2)


def test_invalid_options_raise_nothing_in_the_page(exam_page: ExamPage) -> None:
    exam_page.open()
    for number, options in enumerate(INVALID_OPTIONS):
        exam_page.run_javascript(CALL_EVERYTHING % options.replace("T", f"'token {number}'"))
    time.sleep(0.3)
    assert exam_page.errors == []


def test_a_page_whose_callbacks_throw_still_sends_heartbeats(exam_page: ExamPage) -> None:
    exam_page.service_stub.responses = [StubResponse(), StubResponse(holds=("manual",))]
    exam_page.service_stub.default_response = StubResponse(next_in_ms=200)
    exam_page.open()
    exam_page.run_javascript("boom = () => { throw new Error('of the page'); }")
    exam_page.start(
        "intervalMs: 200, onState: boom, onLocked: boom, onUnlocked: boom, vendorClient: {on: boom}"
    )
    exam_page.run_javascript(
        "for (let i = 1; i < 3; i++) setTimeout(() => dispatchEvent(new Event('online')), 100 * i)"
    )
    exam_page.wait_for_heartbeats(5)
    assert exam_page.errors == []
