"""The page that the sandbox plays, against a small exam room."""

import time
from collections.abc import Callable

import pytest

from proctor_results.sandbox.page import Heard, NotTakenError, Page, Pulse, beating, launch
from tests.sandbox.exam_room import ALLOWED, EVERY_MS, REFUSES_LAUNCHES, ExamRoom

OPEN = Pulse(holds=(), next_in=EVERY_MS / 1000)


def launched(room: ExamRoom, identifier: str = "s-1") -> Page:
    return launch(room.url, "lms-key", identifier, "learner-1")


def wait_for(happened: Callable[[], object]) -> None:
    deadline = time.monotonic() + 10
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_it_beats_as_reconnect_js_does(exam_room: ExamRoom) -> None:
    page = launched(exam_room)

    assert [page.beat(), page.beat()] == [OPEN, OPEN]

    assert exam_room.beats == [{"count": count, "stop": False, "token": "1"} for count in (1, 2)]
    assert exam_room.headers["Content-Type"] == "text/plain;charset=UTF-8"


def test_it_says_goodbye(exam_room: ExamRoom) -> None:
    assert launched(exam_room).say_goodbye() == Pulse(holds=(), next_in=None)
    assert exam_room.beats[-1]["stop"]


def test_it_hears_why_its_exam_is_locked(exam_room: ExamRoom) -> None:
    page, other = launched(exam_room), launched(exam_room, "s-2")
    page.beat()
    for _ in range(ALLOWED + 1):
        other.beat()
    assert page.beat().holds == ("disconnected",)


def test_it_beats_as_often_as_it_is_told_until_its_connection_is_cut(exam_room: ExamRoom) -> None:
    begin = time.monotonic()
    with beating(launched(exam_room)) as heard:
        wait_for(lambda: len(heard.pulses) >= 5)
        assert time.monotonic() - begin >= 4 * EVERY_MS / 1000
    beats = len(exam_room.beats)
    time.sleep(5 * EVERY_MS / 1000)
    assert len(exam_room.beats) == len(heard.pulses) == beats


def test_it_keeps_trying_and_says_what_the_trouble_is(exam_room: ExamRoom) -> None:
    page, exam_room.failing = launched(exam_room), 5
    troubles = set()

    def is_heard(heard: Heard) -> bool:
        troubles.add(heard.trouble)
        return bool(heard.pulses)

    with beating(page) as heard:
        wait_for(lambda: is_heard(heard))
    assert f"{page.heartbeats} answers 503 no tables" in troubles
    assert heard.trouble == ""


def test_a_launch_that_is_refused_says_so(exam_room: ExamRoom) -> None:
    exam_room.fault = REFUSES_LAUNCHES
    with pytest.raises(NotTakenError, match=r"/sessions answers 422 no launches here$"):
        launched(exam_room)


def test_a_service_that_is_not_there_is_said_in_one_line(nowhere: str) -> None:
    with pytest.raises(NotTakenError, match=f"^no answer from {nowhere}/sessions$"):
        launch(nowhere, "lms-key", "s-1", "learner-1")
