"""reconnect.js is a guest on the exam page: small, on good terms with the vendor's script, and never a nuisance."""

import re
import time

from tests.browser.exam import Exam
from tests.browser.stub import SCRIPT, Answer

SUPERVISOR = """
{
  handlers: [],
  on(names, handler) { for (const name of [].concat(names)) this.handlers.push({name, handler}); },
  emit(name, data) { for (const each of this.handlers) if (each.name === name) each.handler(data); },
}
"""
EVENT = "{metrics: {c2: 10}, weights: {c2: 4}, peak: 'c2', score: 60, threshold: 50, violated: false}"

HOSTILE = [
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
    "{heartbeats: 'x', token: T, everyMs: Symbol()}",
    "{heartbeats: 'x', token: T, onState: 42, supervisor: 42}",
    "{heartbeats: 'x', token: T, get onState() { throw 1; }, get supervisor() { throw 1; }}",
    "{heartbeats: 'x', token: T, supervisor: {on: 42}}",
    "{heartbeats: 'x', token: T, supervisor: {get on() { throw 1; }}}",
    "{heartbeats: 'x', token: T, supervisor: {on() { throw 1; }}}",
    "{heartbeats: 'x', token: T, supervisor: {on: async () => { throw 1; }}}",
    "{heartbeats: 'x', token: T, onState() { throw 1; }}",
    "{heartbeats: 'x', token: T, onState: async () => { throw 1; }}",
]
"""What `start` is called with by pages that have gone wrong."""

USES = """
    const handle = ProctorResults.start(%s);
    const loop = {};
    loop.loop = loop;
    for (const event of [undefined, null, 42, loop, {get metrics() { throw 1; }}]) handle.send(event);
    dispatchEvent(new Event("online"));
    dispatchEvent(new Event("pagehide"));
    handle.stop();
    handle.state;
"""


def test_it_is_smaller_than_six_kibibytes() -> None:
    assert 1024 < len(SCRIPT.read_bytes()) < 6 * 1024


def test_it_needs_no_browser_of_yesterday() -> None:
    newer = r"\?\.|\?\?|catch \{|\.\.\.[\w\[({]|\.finally\(|\.flat|for await|\bimport\b|\bexport\b|#\w+ *[=(]"
    assert re.findall(newer, SCRIPT.read_text()) == []


def test_it_adds_one_name_to_the_page(exam: Exam) -> None:
    exam.open("<p>")
    before = exam.page.evaluate("Object.getOwnPropertyNames(window)")
    exam.page.add_script_tag(url=f"{exam.stub.origin}/reconnect.js")
    assert set(exam.page.evaluate("Object.getOwnPropertyNames(window)")) - set(before) == {"ProctorResults"}


def test_starting_twice_with_one_token_is_starting_once(exam: Exam) -> None:
    exam.open()
    exam.start()
    exam.run("first = handle")
    exam.start()
    exam.reaches("connected")
    assert exam.page.evaluate("first === handle")
    assert len(exam.stub.beats) == 1


def test_the_supervisors_metrics_are_passed_on_once(exam: Exam) -> None:
    exam.stub.usual = Answer(next_in_ms=100)
    exam.open()
    exam.run(f"s = {SUPERVISOR}")
    exam.start("supervisor: s")
    exam.hears(3)
    exam.run(f"s.emit('metrics', {EVENT})")
    exam.hears(5)
    assert [(event.body["token"], event.body["peak"]) for event in exam.stub.metrics] == [("t", "c2")]


def test_without_an_address_for_metrics_they_stay_here(exam: Exam) -> None:
    exam.open()
    exam.start("metrics: undefined")
    exam.run("handle.send({})")
    exam.reaches("connected")
    assert [heard.path for heard in exam.stub.heard] == ["heartbeats"]


def test_the_supervisors_stop_is_a_stop(exam: Exam) -> None:
    exam.open()
    exam.run(f"s = {SUPERVISOR}")
    exam.start("supervisor: s")
    exam.run("s.emit('stop')")
    exam.reaches("ended")
    assert exam.stub.beats[-1].body["stop"] is True


def test_a_supervisor_that_is_made_later_is_found(exam: Exam) -> None:
    exam.stub.usual = Answer(next_in_ms=100)
    exam.open()
    exam.start()
    exam.hears(2)
    exam.run(f"window.supervisor = {SUPERVISOR}")
    exam.hears(4)
    exam.run("supervisor.emit('stop')")
    exam.reaches("ended")


def test_metrics_wake_a_tab_whose_timers_are_slow(exam: Exam) -> None:
    exam.stub.answers = [Answer(next_in_ms=500)]
    exam.open()
    exam.run("window.setTimeout = () => 0")
    exam.start()
    exam.reaches("connected")
    time.sleep(0.6)
    exam.run("handle.send({})")
    exam.hears(2)


def test_nothing_that_a_page_does_wrong_comes_back_at_it(exam: Exam) -> None:
    exam.open()
    for each, options in enumerate(HOSTILE):
        exam.run(USES % options.replace("T", f"'token {each}'"))
    time.sleep(0.3)
    assert exam.errors == []


def test_a_page_that_throws_at_every_call_still_beats(exam: Exam) -> None:
    exam.stub.answers = [Answer(), Answer(holds=("manual",))]
    exam.stub.usual = Answer(next_in_ms=200)
    exam.open()
    exam.run("boom = () => { throw new Error('of the page'); }")
    exam.start("everyMs: 200, onState: boom, onLocked: boom, onUnlocked: boom, supervisor: {on: boom}")
    exam.run("for (let i = 0; i < 2; i++) setTimeout(() => dispatchEvent(new Event('online')), 100 * i + 100)")
    exam.hears(5)
    assert exam.errors == []
