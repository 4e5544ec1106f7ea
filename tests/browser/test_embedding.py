"""reconnect.js on strict pages: by attributes, with an integrity hash, without inline script."""

import base64
import hashlib
import time

import pytest

from tests.browser.support.exam_page import ExamPage
from tests.browser.support.service_stub import SCRIPT_PATH, StubResponse, wait_until

RECORD_EVENTS = """
window.events = [];
for (const name of ["state", "locked", "unlocked"])
  document.addEventListener(`proctor-results:${name}`, (event) => {
    events.push(event.detail.state || name);
  });
"""


def data_attributes(exam_page: ExamPage) -> str:
    stub_origin = exam_page.service_stub.origin
    return (
        f'data-heartbeats="{stub_origin}/heartbeats" data-metrics="{stub_origin}/metrics" '
        'data-token="t" data-interval-ms="60000"'
    )


def integrity_attributes(script: bytes) -> str:
    digest = base64.b64encode(hashlib.sha384(script).digest()).decode()
    return f'integrity="sha384-{digest}" crossorigin="anonymous"'


def test_the_attributes_of_its_tag_start_it(exam_page: ExamPage) -> None:
    exam_page.open(exam_page.script_tag(data_attributes(exam_page)))
    exam_page.wait_for_heartbeats(1)
    wait_until(lambda: exam_page.page.evaluate("ProctorResults.auto.state") == "connected")
    assert exam_page.service_stub.heartbeats[0].body == {"token": "t", "count": 1, "stop": False}


def test_a_tag_that_is_there_twice_starts_it_once(exam_page: ExamPage) -> None:
    exam_page.open(exam_page.script_tag(data_attributes(exam_page)) * 2)
    exam_page.wait_for_heartbeats(1)
    time.sleep(0.2)
    assert len(exam_page.service_stub.heartbeats) == 1


@pytest.mark.parametrize("loading", ["async", "defer"])
def test_the_attributes_start_it_when_it_loads_late_too(exam_page: ExamPage, loading: str) -> None:
    exam_page.open(exam_page.script_tag(f"{loading} {data_attributes(exam_page)}"))
    exam_page.wait_for_heartbeats(1)


def test_without_attributes_it_waits(exam_page: ExamPage) -> None:
    exam_page.open()
    assert exam_page.page.evaluate("Object.keys(ProctorResults)") == ["start"]
    assert exam_page.service_stub.heartbeats == []


def test_the_right_integrity_hash_is_accepted(exam_page: ExamPage) -> None:
    exam_page.open(exam_page.script_tag(integrity_attributes(SCRIPT_PATH.read_bytes())))
    assert exam_page.page.evaluate("typeof ProctorResults") == "object"


def test_a_changed_script_is_blocked(exam_page: ExamPage) -> None:
    exam_page.open(exam_page.script_tag(integrity_attributes(SCRIPT_PATH.read_bytes() + b" ")))
    assert exam_page.page.evaluate("typeof ProctorResults") == "undefined"


def test_a_strict_page_needs_no_inline_script(exam_page: ExamPage) -> None:
    exam_page.service_stub.default_response = StubResponse(holds=("manual",))
    exam_page.web_site.pages["exam.js"] = RECORD_EVENTS
    exam_page.web_site.headers["Content-Security-Policy"] = (
        f"default-src 'none'; script-src 'self' {exam_page.service_stub.origin}; "
        f"connect-src {exam_page.service_stub.origin}"
    )
    exam_page.open(
        '<script src="/exam.js"></script><script>inline = 1</script>'
        + exam_page.script_tag(data_attributes(exam_page))
    )
    wait_until(lambda: "locked" in exam_page.page.evaluate("events"))
    assert exam_page.page.evaluate("events") == ["connecting", "locked", "locked"]
    assert exam_page.page.evaluate("typeof inline") == "undefined"
