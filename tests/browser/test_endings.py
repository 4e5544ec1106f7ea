"""reconnect.js ends when it should, and only then."""

import time

import pytest

from tests.browser.exam import Exam
from tests.browser.stub import Answer, until

AWAY = Answer(status=503)
ENDED = Answer(next_in_ms=None)


@pytest.mark.parametrize(("status", "reason"), [(401, "token refused"), (404, "no such session")])
def test_it_ends_where_the_service_knows_it_not(exam: Exam, status: int, reason: str) -> None:
    exam.stub.usual = Answer(status=status)
    exam.open(hurried=True)
    exam.start("everyMs: 1000")
    exam.reaches("ended")
    time.sleep(0.3)
    exam.run("dispatchEvent(new Event('online')); handle.stop(); handle.send({})")
    assert exam.story == ["connecting", f"ended: {reason}"]
    assert len(exam.stub.heard) == 1


def test_the_words_of_something_in_between_end_nothing(exam: Exam) -> None:
    exam.stub.answers = [
        Answer(status=404, instead="<h1>No such app</h1>"),
        Answer(status=401, instead='{"error": "proxy"}'),
        Answer(instead="<h1>Welcome to the hotel</h1>"),
        Answer(instead="null"),
        Answer(instead="{}"),
    ]
    exam.open(hurried=True)
    exam.start("everyMs: 1000")
    exam.reaches("connected")
    assert [told.partition(":")[0] for told in exam.story] == ["connecting", "offline", "connected"]
    assert len(exam.stub.beats) == 6


def test_it_ends_when_the_service_wants_no_more(exam: Exam) -> None:
    exam.stub.answers = [Answer(next_in_ms=1000), ENDED]
    exam.open(hurried=True)
    exam.start()
    exam.reaches("ended")
    time.sleep(0.3)
    assert exam.story == ["connecting", "connected", "ended: over"]
    assert len(exam.stub.beats) == 2


def test_stop_is_the_last_word(exam: Exam) -> None:
    exam.stub.answers = [Answer(next_in_ms=60_000), ENDED]
    exam.open()
    exam.start()
    exam.reaches("connected")
    exam.run("handle.stop(); handle.stop()")
    exam.reaches("ended")
    exam.page.goto("about:blank")
    time.sleep(0.2)
    assert [beat.body["stop"] for beat in exam.stub.beats] == [False, True]


def test_a_stop_in_the_middle_of_an_answer_is_said_until_it_is_heard(exam: Exam) -> None:
    exam.stub.answers = [Answer(), AWAY, ENDED]
    exam.open(hurried=True)
    exam.start("onState: (state) => state === 'connected' && handle.stop()")
    exam.reaches("ended")
    assert [beat.body["stop"] for beat in exam.stub.beats] == [False, True, True]


def test_what_is_over_stays_over(exam: Exam) -> None:
    exam.stub.judged = Answer(after=0.2)
    exam.open()
    exam.start()
    exam.reaches("connected")
    with exam.page.expect_response("**/metrics"):
        exam.run("handle.stop(); handle.send({})")
    time.sleep(0.1)
    assert exam.story == ["connecting", "connected", "ended: stopped"]


def test_a_stop_that_is_lost_is_said_again(exam: Exam) -> None:
    exam.stub.answers = [Answer(), AWAY, AWAY, ENDED]
    exam.open(hurried=True)
    exam.start()
    exam.reaches("connected")
    exam.run("handle.stop()")
    exam.reaches("ended")
    assert [beat.body["stop"] for beat in exam.stub.beats] == [False, True, True, True]
    assert exam.story[-1] == "ended: stopped"


def test_a_page_that_closes_beats_a_last_time_and_does_not_stop(exam: Exam) -> None:
    exam.open()
    exam.start()
    exam.reaches("connected")
    exam.page.goto("about:blank")
    until(lambda: [beat.body["count"] for beat in exam.stub.beats].count(1) == 2)
    assert [beat.body["stop"] for beat in exam.stub.beats if beat.body["stop"]] == []
    assert {beat.content_type for beat in exam.stub.beats} == {"text/plain;charset=UTF-8"}


def test_a_page_that_closes_before_its_stop_was_heard_says_stop(exam: Exam) -> None:
    exam.open()
    exam.start()
    exam.reaches("connected")
    exam.stub.usual = Answer(after=30)
    exam.run("handle.stop()")
    exam.hears(2)
    exam.page.goto("about:blank")
    exam.hears(3)
    assert exam.stub.beats[2].body["stop"] is True
