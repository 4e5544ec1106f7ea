"""reconnect.js beats, by itself and against a service that is away or slow."""

import time

from tests.browser.exam import Exam
from tests.browser.stub import Answer, until

AWAY = Answer(status=503)


def test_it_beats_at_once_and_says_who_it_is(exam: Exam) -> None:
    exam.open()
    exam.start()
    exam.reaches("connected")
    assert [beat.body for beat in exam.stub.beats] == [{"token": "t", "count": 1, "stop": False}]
    assert exam.story == ["connecting", "connected"]


def test_no_permission_is_asked_for_beforehand(exam: Exam) -> None:
    exam.open()
    exam.start()
    exam.run("handle.send({metrics: {}})")
    exam.hears(1)
    exam.reaches("connected")
    assert {(heard.method, heard.content_type) for heard in exam.stub.heard} == {("POST", "text/plain;charset=UTF-8")}


def test_it_follows_the_rhythm_that_it_is_told(exam: Exam) -> None:
    exam.stub.answers = [Answer(next_in_ms=3000), Answer(next_in_ms=5000)]
    exam.open(hurried=True)
    exam.start()
    exam.hears(3)
    assert [beat.body["count"] for beat in exam.stub.beats] == [1, 2, 3]
    assert exam.pauses[:2] == [3000, 5000]


def test_a_rhythm_that_makes_no_sense_does_not_make_it_race(exam: Exam) -> None:
    exam.stub.usual = Answer(next_in_ms=-1)
    exam.open()
    for each, nonsense in enumerate(["-1", "0", "'soon'", "1e300", "Infinity", "{}"]):
        exam.start(f"everyMs: {nonsense}, token: 'token {each}'")
    exam.hears(6)
    time.sleep(0.3)
    assert len(exam.stub.beats) == 6


def test_it_tries_again_for_ever_later_and_later_up_to_its_rhythm(exam: Exam) -> None:
    exam.stub.answers = [AWAY] * 7
    exam.stub.usual = Answer(next_in_ms=9000)
    exam.open(hurried=True)
    exam.start("everyMs: 10000")
    exam.reaches("connected")
    bounds = [1000, 2000, 4000, 8000, 10_000, 10_000, 10_000]
    assert [bound / 2 <= pause <= bound for pause, bound in zip(exam.pauses, bounds, strict=False)] == [True] * 7
    assert exam.pauses[7] == 9000
    assert exam.story == ["connecting", "offline: answered 503", "connected"]


def test_after_an_answer_it_tries_again_soon_as_at_first(exam: Exam) -> None:
    exam.stub.answers = [AWAY, AWAY, AWAY, Answer(next_in_ms=9000), AWAY]
    exam.open(hurried=True)
    exam.start("everyMs: 10000")
    exam.hears(6)
    assert exam.pauses[4] <= 1000


def test_a_service_that_hangs_does_not_stall_it(exam: Exam) -> None:
    exam.stub.answers = [Answer(after=30)]
    exam.open(hurried=True)
    exam.start()
    exam.hears(2)
    exam.reaches("connected")
    assert exam.story[1].startswith("offline")


def test_a_cut_network_is_shown_and_its_return_is_noticed_at_once(exam: Exam) -> None:
    exam.stub.usual = Answer(next_in_ms=200)
    exam.open()
    exam.start("everyMs: 60000")
    exam.reaches("connected")
    exam.page.context.set_offline(True)
    exam.reaches("offline")
    exam.stub.usual = Answer()
    exam.page.context.set_offline(False)
    exam.reaches("connected")


def test_the_return_of_the_network_is_not_waited_for(exam: Exam) -> None:
    exam.open()
    exam.start()
    exam.reaches("connected")
    exam.page.context.set_offline(True)
    exam.page.context.set_offline(False)
    exam.hears(2)


def test_a_tab_that_is_hidden_or_shown_beats_at_once(exam: Exam) -> None:
    exam.open()
    exam.start()
    exam.reaches("connected")
    exam.run("document.dispatchEvent(new Event('visibilitychange'))")
    exam.hears(2)


def test_however_often_it_is_woken_it_beats_in_one_rhythm(exam: Exam) -> None:
    exam.stub.usual = Answer(next_in_ms=300)
    exam.open()
    exam.start()
    exam.run("for (let i = 0; i < 20; i++) dispatchEvent(new Event('online'))")
    until(lambda: any(beat.body["count"] == 21 for beat in exam.stub.beats))
    for beats in range(len(exam.stub.beats) + 1, len(exam.stub.beats) + 6):
        exam.run("dispatchEvent(new Event('online'))")
        exam.hears(beats)
    before = len(exam.stub.beats)
    time.sleep(1)
    assert 1 <= len(exam.stub.beats) - before <= 4


def test_a_beat_that_hangs_is_overtaken_without_a_word(exam: Exam) -> None:
    exam.stub.answers = [Answer(after=30)]
    exam.open()
    exam.start()
    exam.hears(1)
    with exam.page.expect_event("requestfailed", timeout=4000):
        exam.run("dispatchEvent(new Event('online'))")
    exam.reaches("connected")
    assert exam.story == ["connecting", "connected"]
