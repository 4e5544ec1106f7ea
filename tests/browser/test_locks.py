"""reconnect.js tells the page when its exam is locked."""

from tests.browser.exam import Exam
from tests.browser.stub import Answer, until

GONE = Answer(holds=("disconnected",), next_in_ms=1000)
GONE_AND_HELD = Answer(holds=("disconnected", "manual"), next_in_ms=1000)
FREE = Answer(next_in_ms=1000)
LISTENS = """
window.heard = [];
for (const name of ["state", "locked", "unlocked"])
  document.addEventListener("proctor-results:" + name, ({detail}) => {
    heard.push([name, detail.state || detail.holds]);
  });
"""


def test_the_page_is_told_of_a_lock_once_and_of_its_end(exam: Exam) -> None:
    exam.stub.answers = [FREE, GONE, GONE, GONE_AND_HELD, FREE]
    exam.open(hurried=True)
    exam.start()
    exam.hears(6)
    assert exam.story == [
        "connecting",
        "connected",
        "locked",
        "locked by disconnected",
        "locked by disconnected and manual",
        "connected",
        "unlocked",
    ]


def test_a_locked_page_that_loses_the_network_stays_locked(exam: Exam) -> None:
    exam.stub.answers = [GONE, Answer(status=503), GONE]
    exam.stub.usual = GONE
    exam.open(hurried=True)
    exam.start()
    exam.hears(5)
    assert exam.story == ["connecting", "locked", "locked by disconnected", "offline: answered 503", "locked"]


def test_a_sitting_that_is_over_and_locked_says_both(exam: Exam) -> None:
    exam.stub.usual = Answer(holds=("rejected",), next_in_ms=None)
    exam.open()
    exam.start()
    exam.reaches("ended")
    assert exam.story == ["connecting", "locked", "locked by rejected", "ended: over"]


def test_metrics_can_lock(exam: Exam) -> None:
    exam.stub.judged = Answer(holds=("violation",))
    exam.open()
    exam.start()
    exam.reaches("connected")
    exam.run("handle.send({metrics: {c2: 10}, weights: {c2: 4}})")
    exam.reaches("locked")
    assert [event.body for event in exam.stub.metrics] == [{"token": "t", "metrics": {"c2": 10}, "weights": {"c2": 4}}]


def test_an_older_answer_that_comes_late_changes_nothing(exam: Exam) -> None:
    exam.stub.judged = Answer(holds=("violation",), after=0.3)
    exam.open()
    exam.start()
    exam.reaches("connected")
    with exam.page.expect_response("**/metrics"):
        exam.run("handle.send({}); setTimeout(() => dispatchEvent(new Event('online')), 100)")
    until(lambda: len(exam.stub.beats) == 2)
    assert exam.story == ["connecting", "connected"]


def test_the_document_hears_it_too(exam: Exam) -> None:
    exam.stub.answers = [FREE, GONE, FREE]
    exam.open(hurried=True)
    exam.run(LISTENS)
    exam.start()
    exam.hears(4)
    assert exam.page.evaluate("heard") == [
        ["state", "connecting"],
        ["state", "connected"],
        ["state", "locked"],
        ["locked", ["disconnected"]],
        ["state", "connected"],
        ["unlocked", None],
    ]
