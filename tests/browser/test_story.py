"""The whole story in a real browser: launch, heartbeats, the network goes and comes, a new launch, a regular end."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
import requests
from playwright.sync_api import Browser

from tests.browser.learner import Learner
from tests.browser.stage import Stage, set_up
from tests.browser.stub import until

METRICS = {
    "metrics": {"c1": 0, "c2": 10, "c3": 5, "m1": 0, "m2": 4, "n1": 0, "s1": 0, "n2": 0},
    "weights": {"c1": 4, "c2": 4, "c3": 4, "m1": 4, "m2": 1, "n1": 4, "s1": 4, "n2": 4},
    "peak": "c2",
    "score": 36,
    "threshold": 50,
    "violated": True,
}
"""The guide's sample (section 3.6)."""

Invite = Callable[[str], Learner]


@pytest.fixture(scope="module")
def stage(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with set_up(tmp_path_factory.mktemp("stage")) as made:
        yield made


@pytest.fixture
def invite(chromium: Browser, stage: Stage) -> Iterator[Invite]:
    with ExitStack() as stack:

        def learner(identifier: str) -> Learner:
            window = chromium.new_context()
            stack.callback(window.close)
            return Learner(identifier=identifier, stage=stage, window=window)

        yield learner


def test_a_launched_page_is_heard_and_answered(invite: Invite) -> None:
    anna = invite("heard")
    anna.comes_in()
    anna.page.evaluate("proctoring")
    assert anna.hears("heartbeats") == {"locked": False, "holds": [], "next_in_ms": 1000}
    assert anna.state == "connected"


def test_what_the_vendors_script_measures_is_judged(invite: Invite) -> None:
    anna = invite("measured")
    anna.comes_in()
    anna.hears("heartbeats")
    with anna.page.expect_response("**/metrics") as judged:
        anna.page.evaluate(f"supervisor.emit('metrics', {json.dumps(METRICS)})")
    assert judged.value.json()["score"] == 36


def test_a_learner_who_was_cut_off_is_locked_until_a_new_launch(invite: Invite) -> None:
    anna, otto = invite("cut-off"), invite("untouched")
    anna.comes_in()
    otto.comes_in()
    anna.reaches("connected")

    anna.window.set_offline(True)
    until(lambda: anna.holds == ["disconnected"], seconds=30)
    assert (anna.state, anna.cover) == ("offline", "")

    anna.window.set_offline(False)
    until(lambda: anna.cover == "Locked: disconnected")
    assert [anna.hears("heartbeats")["locked"] for _ in range(2)] == [True, True]
    assert anna.holds == ["disconnected"]

    anna.page.close()
    anna.comes_in()
    until(lambda: anna.holds == [])
    assert (anna.hears("heartbeats")["locked"], anna.cover) == (False, "")
    assert (otto.holds, otto.state) == ([], "connected")


def test_a_regular_end_disarms_and_a_closed_tab_does_not(invite: Invite, stage: Stage) -> None:
    anna, otto = invite("handed-in"), invite("closed")
    anna.comes_in()
    otto.comes_in()
    anna.hears("heartbeats")
    otto.hears("heartbeats")

    anna.page.evaluate("endProctoring()")
    anna.reaches("ended")
    otto.page.close()

    until(lambda: otto.holds == ["disconnected"], seconds=30)
    assert not stage.is_locked("handed-in")
    assert anna.page.evaluate("supervisor.calls") == ["init", "start", "stop", "logout"]


def test_a_strict_page_uses_the_attributes(invite: Invite, stage: Stage) -> None:
    anna = invite("strict")
    scripts = f"'self' {stage.vendor.origin} {stage.premises.web}"
    stage.site.headers["Content-Security-Policy"] = (
        f"default-src 'none'; script-src {scripts}; connect-src {stage.premises.web}"
    )
    anna.comes_in("attributes")
    del stage.site.headers["Content-Security-Policy"]
    anna.hears("heartbeats")
    anna.page.evaluate("supervisor.stop()")
    anna.reaches("ended")


def test_a_forged_token_ends_the_page(invite: Invite, stage: Stage) -> None:
    anna = invite("forged")
    launch = stage.launch(anna.identifier)
    anna.opens(launch["html"]["script"].replace(launch["token"], "forged"), stage.site)
    anna.reaches("ended")


def test_a_strangers_page_cannot_read_what_is_answered(invite: Invite, stage: Stage) -> None:
    anna = invite("stranger")
    launch = stage.launch(anna.identifier)
    anna.opens(launch["html"]["script"], stage.stranger)
    anna.reaches("offline")
    for path in ("heartbeats", "metrics"):
        asked = f"fetch('{launch[path]}', {{method: 'POST', body: '{{}}'}}).then(() => 'read', (error) => error.name)"
        assert anna.page.evaluate(asked) == "TypeError"


@pytest.mark.parametrize("path", ["heartbeats", "metrics"])
def test_only_the_lms_origin_is_allowed(stage: Stage, path: str) -> None:
    launch = stage.launch(f"origins-{path}")
    for origin, allowed in [(stage.site.origin, stage.site.origin), (stage.stranger.origin, None)]:
        answer = requests.post(launch[path], json={"token": launch["token"]}, headers={"Origin": origin}, timeout=5)
        assert answer.headers.get("Access-Control-Allow-Origin") == allowed
