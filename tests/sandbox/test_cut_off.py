"""The demo's learner who is cut off: no step passes unless service, LMS and pages agree."""

from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from proctor_results.sandbox.demo.cut_off import cut_off
from proctor_results.sandbox.demo.faults import DemoError
from proctor_results.sandbox.demo.premises import Premises, prepare
from proctor_results.sandbox.expected import Expected
from tests.sandbox import exam_room as faulty
from tests.sandbox.exam_room import ExamRoom


@pytest.fixture
def premises(exam_room: ExamRoom, tmp_path: Path) -> Premises:
    """Where service and LMS are the exam room."""
    port = urlsplit(exam_room.url).port
    assert port
    return replace(prepare(tmp_path), web_port=port, lms_port=port, lms_key="lms-key")


def play(premises: Premises, patience: float = 30) -> tuple[Expected, ...]:
    return cut_off(premises, "run-1", (), silence=1, patience=patience)


def test_each_step_is_a_line_with_what_the_lms_holds(premises: Premises, capsys: pytest.CaptureFixture[str]) -> None:
    play(premises)
    _, *lines = capsys.readouterr().out.splitlines()
    assert [(line.partition(" ...")[0].strip(), line.partition("LMS: ")[2]) for line in lines] == [
        ("launched by the LMS", "pending, open"),
        ("the page beats", "pending, open"),
        ("its connection is cut", "pending, locked: disconnected"),
        ("the old page comes back", "pending, locked: disconnected"),
        ("launched again by the LMS", "pending, locked: disconnected"),
        ("the new page beats", "pending, open"),
        ("it says goodbye, is silent", "pending, open"),
    ]


def test_in_the_end_both_exams_are_open_and_both_pages_have_said_goodbye(
    premises: Premises, exam_room: ExamRoom
) -> None:
    sittings = play(premises)
    assert [(each.identifier, each.outcome, each.locked) for each in sittings] == [
        ("run-1-cut-off", "pending", False),
        ("run-1-classmate", "pending", False),
    ]
    assert [beat["token"] for beat in exam_room.beats if beat["stop"]] == ["2", "1"]


FAULTS = {
    faulty.REFUSES_LAUNCHES: "/sessions answers 422 no launches here",
    faulty.NEVER_LOCKS: "cut-off: the service says pending, open where pending, locked is expected",
    faulty.OPENS_FOR_THE_OLD_PAGE: (
        "cut-off: its page was told pending, open where pending, locked: disconnected is expected"
    ),
    faulty.LOCKS_OTHERS: "classmate: its page was told pending, locked: disconnected where pending, open is expected",
    faulty.FORGETS_GOODBYES: "cut-off: the service says pending, locked where pending, open is expected",
    faulty.TELLS_NOTHING: "cut-off: the LMS was told pending, open where the service says pending, locked",
    faulty.TELLS_ANOTHER_REASON: (
        "cut-off: the LMS holds pending, locked: manual where pending, locked: disconnected is expected"
    ),
}


@pytest.mark.parametrize(("fault", "said"), FAULTS.items(), ids=FAULTS.keys())
def test_what_goes_wrong_ends_the_demo_in_words(premises: Premises, exam_room: ExamRoom, fault: str, said: str) -> None:
    exam_room.fault = fault
    with pytest.raises(DemoError) as caught:
        play(premises, patience=2)
    assert said in str(caught.value)
