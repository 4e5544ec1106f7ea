"""A session in a real browser: launch, heartbeats, a lost network, a new launch, a regular end."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
import requests
from playwright.sync_api import Browser

from tests.browser.support.full_system import FullSystem, run_full_system
from tests.browser.support.learner import Learner
from tests.browser.support.service_stub import wait_until

SAMPLE_METRICS = {
    "metrics": {"c1": 0, "c2": 10, "c3": 5, "m1": 0, "m2": 4, "n1": 0, "s1": 0, "n2": 0},
    "weights": {"c1": 4, "c2": 4, "c3": 4, "m1": 4, "m2": 1, "n1": 4, "s1": 4, "n2": 4},
    "peak": "c2",
    "score": 36,
    "threshold": 50,
    "violated": True,
}
"""The guide's sample (section 3.6)."""

NewLearner = Callable[[str], Learner]


@pytest.fixture(scope="module")
def system(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FullSystem]:
    with run_full_system(tmp_path_factory.mktemp("system")) as created:
        yield created


@pytest.fixture
def new_learner(chromium: Browser, system: FullSystem) -> Iterator[NewLearner]:
    with ExitStack() as stack:

        def create_learner(identifier: str) -> Learner:
            browser_context = chromium.new_context()
            stack.callback(browser_context.close)
            return Learner(identifier=identifier, system=system, browser_context=browser_context)

        yield create_learner


def test_a_launched_page_gets_responses_to_its_heartbeats(new_learner: NewLearner) -> None:
    learner = new_learner("connected")
    learner.launch_and_open()
    learner.page.evaluate("proctoring")
    assert learner.wait_for_response("heartbeats") == {
        "locked": False,
        "holds": [],
        "next_in_ms": 1000,
    }
    assert learner.state == "connected"


def test_metrics_of_the_vendors_script_are_evaluated(new_learner: NewLearner) -> None:
    learner = new_learner("measured")
    learner.launch_and_open()
    learner.wait_for_response("heartbeats")
    with learner.page.expect_response("**/metrics") as metrics_response:
        learner.page.evaluate(f"supervisor.emit('metrics', {json.dumps(SAMPLE_METRICS)})")
    assert metrics_response.value.json()["score"] == 36


def test_a_disconnected_learner_is_locked_until_a_new_launch(new_learner: NewLearner) -> None:
    learner, other_learner = new_learner("disconnected"), new_learner("untouched")
    learner.launch_and_open()
    other_learner.launch_and_open()
    learner.wait_for_state("connected")

    learner.browser_context.set_offline(True)
    wait_until(lambda: learner.lms_holds == ["disconnected"], timeout_seconds=30)
    assert (learner.state, learner.lock_notice) == ("offline", "")

    learner.browser_context.set_offline(False)
    wait_until(lambda: learner.lock_notice == "Locked: disconnected")
    assert [learner.wait_for_response("heartbeats")["locked"] for _ in range(2)] == [True, True]
    assert learner.lms_holds == ["disconnected"]

    learner.page.close()
    learner.launch_and_open()
    wait_until(lambda: learner.lms_holds == [])
    assert (learner.wait_for_response("heartbeats")["locked"], learner.lock_notice) == (False, "")
    assert (other_learner.lms_holds, other_learner.state) == ([], "connected")


def test_a_regular_end_stops_monitoring_and_a_closed_tab_does_not(
    new_learner: NewLearner, system: FullSystem
) -> None:
    learner, other_learner = new_learner("handed-in"), new_learner("closed")
    learner.launch_and_open()
    other_learner.launch_and_open()
    learner.wait_for_response("heartbeats")
    other_learner.wait_for_response("heartbeats")

    learner.page.evaluate("endProctoring()")
    learner.wait_for_state("ended")
    other_learner.page.close()

    wait_until(lambda: other_learner.lms_holds == ["disconnected"], timeout_seconds=30)
    assert not system.is_locked("handed-in")
    assert learner.page.evaluate("supervisor.calls") == ["init", "start", "stop", "logout"]


def test_a_strict_page_uses_the_attributes(new_learner: NewLearner, system: FullSystem) -> None:
    learner = new_learner("strict")
    scripts = f"'self' {system.vendor_site.origin} {system.demo_environment.web_url}"
    system.lms_site.headers["Content-Security-Policy"] = (
        f"default-src 'none'; script-src {scripts}; connect-src {system.demo_environment.web_url}"
    )
    learner.launch_and_open("attributes")
    del system.lms_site.headers["Content-Security-Policy"]
    learner.wait_for_response("heartbeats")
    learner.page.evaluate("supervisor.stop()")
    learner.wait_for_state("ended")


def test_a_forged_token_ends_the_page(new_learner: NewLearner, system: FullSystem) -> None:
    learner = new_learner("forged")
    launched = system.launch(learner.identifier)
    learner.open_page(
        launched["html"]["script"].replace(launched["token"], "forged"), system.lms_site
    )
    learner.wait_for_state("ended")


def test_a_page_of_another_origin_cannot_read_responses(
    new_learner: NewLearner, system: FullSystem
) -> None:
    learner = new_learner("other-origin")
    launched = system.launch(learner.identifier)
    learner.open_page(launched["html"]["script"], system.foreign_site)
    learner.wait_for_state("offline")
    for path in ("heartbeats", "metrics"):
        fetch_script = (
            f"fetch('{launched[path]}', {{method: 'POST', body: '{{}}'}})"
            ".then(() => 'read', (error) => error.name)"
        )
        assert learner.page.evaluate(fetch_script) == "TypeError"


@pytest.mark.parametrize("path", ["heartbeats", "metrics"])
def test_only_the_lms_origin_is_allowed(system: FullSystem, path: str) -> None:
    launched = system.launch(f"origins-{path}")
    for origin, allowed in [
        (system.lms_site.origin, system.lms_site.origin),
        (system.foreign_site.origin, None),
    ]:
        response = requests.post(
            launched[path], json={"token": launched["token"]}, headers={"Origin": origin}, timeout=5
        )
        assert response.headers.get("Access-Control-Allow-Origin") == allowed
