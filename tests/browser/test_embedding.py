"""reconnect.js on strict pages: by attributes, with an integrity hash, without inline script."""

import base64
import hashlib
import time

import pytest

from tests.browser.exam import Exam
from tests.browser.stub import SCRIPT, Answer, until

LISTENS = """
window.heard = [];
for (const name of ["state", "locked", "unlocked"])
  document.addEventListener(`proctor-results:${name}`, (event) => heard.push(event.detail.state || name));
"""


def attributes(exam: Exam) -> str:
    where = exam.stub.origin
    return f'data-heartbeats="{where}/heartbeats" data-metrics="{where}/metrics" data-token="t" data-every-ms="60000"'


def integrity(content: bytes) -> str:
    return f'integrity="sha384-{base64.b64encode(hashlib.sha384(content).digest()).decode()}" crossorigin="anonymous"'


def test_the_attributes_of_its_tag_start_it(exam: Exam) -> None:
    exam.open(exam.script(attributes(exam)))
    exam.hears(1)
    until(lambda: exam.page.evaluate("ProctorResults.auto.state") == "connected")
    assert exam.stub.beats[0].body == {"token": "t", "count": 1, "stop": False}


def test_a_tag_that_is_there_twice_starts_it_once(exam: Exam) -> None:
    exam.open(exam.script(attributes(exam)) * 2)
    exam.hears(1)
    time.sleep(0.2)
    assert len(exam.stub.beats) == 1


@pytest.mark.parametrize("when", ["async", "defer"])
def test_the_attributes_start_it_when_it_comes_late_too(exam: Exam, when: str) -> None:
    exam.open(exam.script(f"{when} {attributes(exam)}"))
    exam.hears(1)


def test_without_attributes_it_waits(exam: Exam) -> None:
    exam.open()
    assert exam.page.evaluate("Object.keys(ProctorResults)") == ["start"]
    assert exam.stub.beats == []


def test_the_right_hash_lets_it_in(exam: Exam) -> None:
    exam.open(exam.script(integrity(SCRIPT.read_bytes())))
    assert exam.page.evaluate("typeof ProctorResults") == "object"


def test_a_changed_script_is_refused(exam: Exam) -> None:
    exam.open(exam.script(integrity(SCRIPT.read_bytes() + b" ")))
    assert exam.page.evaluate("typeof ProctorResults") == "undefined"


def test_a_strict_page_needs_no_inline_script(exam: Exam) -> None:
    exam.stub.usual = Answer(holds=("manual",))
    exam.site.pages["exam.js"] = LISTENS
    exam.site.headers["Content-Security-Policy"] = (
        f"default-src 'none'; script-src 'self' {exam.stub.origin}; connect-src {exam.stub.origin}"
    )
    exam.open(f'<script src="/exam.js"></script><script>inline = 1</script>{exam.script(attributes(exam))}')
    until(lambda: "locked" in exam.page.evaluate("heard"))
    assert exam.page.evaluate("heard") == ["connecting", "locked", "locked"]
    assert exam.page.evaluate("typeof inline") == "undefined"
