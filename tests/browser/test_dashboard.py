"""The dashboard in a real browser: sign in, find a locked learner, read why, release, see the LMS told."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, expect

from proctor_results.sandbox.demo.operators import Account
from tests.browser.office import Office
from tests.browser.stage import Stage, set_up
from tests.browser.stub import until

HOSTILE = '<script>window.hostile = 1</script><img src=x onerror="window.hostile = 1">'
PHONE = {"width": 360, "height": 740}

Come = Callable[..., Office]


@pytest.fixture(scope="module")
def stage(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with set_up(tmp_path_factory.mktemp("office")) as made:
        yield made


@pytest.fixture(scope="module")
def accounts(stage: Stage) -> Mapping[str, Account]:
    return {role: stage.admit(role) for role in ("reviewer", "viewer")}


@pytest.fixture
def come(chromium: Browser, stage: Stage, accounts: Mapping[str, Account]) -> Iterator[Come]:
    """Somebody comes to the office, and never sees a page that breaks its own policy or calls another host."""
    with ExitStack() as stack:
        come_in: list[Office] = []

        def coming(role: str = "reviewer", **window: Any) -> Office:
            context = chromium.new_context(**window)
            context.set_default_timeout(10_000)
            stack.callback(context.close)
            come_in.append(Office(stage=stage, account=accounts[role], window=context))
            return come_in[-1]

        yield coming
        for office in come_in:
            assert office.complaints == []
            assert {url for url in office.asked if not url.startswith((stage.premises.web, "data:"))} == set()


def report(stage: Stage, identifier: str, **said: Any) -> None:
    body = {"identifier": identifier, "status": "stopped", "student": f"student-{identifier}", **said}
    headers = {"X-Api-Key": stage.premises.vendor_key}
    answer = requests.post(f"{stage.premises.web}/webhooks/supervisor", json=body, headers=headers, timeout=5)
    assert answer.status_code == 200, answer.text


def test_a_locked_learner_is_found_understood_and_released(come: Come, stage: Stage) -> None:
    report(stage, "exam-7-anna", averages={"c4": 45})
    until(lambda: stage.holds("exam-7-anna") == ["violation"])
    office = come()
    office.signs_in()

    office.page.get_by_role("link", name="Sessions", exact=True).click()
    office.page.get_by_label("Identifier or student begins with").fill("student-exam-7")
    office.page.get_by_label("Exam is").select_option("any")
    office.page.get_by_role("button", name="Search").click()
    office.page.get_by_role("link", name="exam-7-anna").click()
    expect(office.page.get_by_text("average of c4 is 45, allowed below 20").first).to_be_visible()

    office.page.get_by_label("Reason to release violation").fill("it was her twin")
    office.page.get_by_role("button", name="Release").click()
    expect(office.page.get_by_role("status")).to_contain_text("Released: violation")
    expect(office.page.get_by_role("heading", name="The exam is open")).to_be_visible()

    until(lambda: stage.holds("exam-7-anna") == [])
    office.page.reload()
    told = office.page.locator(".timeline li", has_text="lock → webhook: delivered (200)")
    expect(told).to_have_count(2)
    expect(office.page.locator(".timeline")).to_contain_text(f"{office.account.name} (release): it was her twin")


def test_what_others_send_is_text_and_nothing_else(come: Come, stage: Stage) -> None:
    hostile = dict.fromkeys(("student", "proctor", "comment", "conclusion"), HOSTILE)
    report(stage, "hostile", **{**hostile, "status": "rejected", "link": "javascript:window.hostile=1"})
    office = come()
    office.signs_in()

    for path in ("", "/sessions", "/sessions/hostile", "/sessions/hostile/receipts/1"):
        office.opens(f"/dashboard{path}")
        assert office.page.evaluate("window.hostile") is None
    office.opens("/dashboard/sessions/hostile")
    assert HOSTILE in office.text
    assert office.page.locator("a[href^='javascript']").count() == 0


def test_everything_is_done_by_keyboard(come: Come, stage: Stage) -> None:
    report(stage, "keyboard", averages={"c4": 45})
    office = come()
    office.opens("/dashboard/sessions/keyboard")
    keys = office.page.keyboard
    expect(office.page.get_by_label("Name")).to_be_focused()
    keys.type(office.account.name)
    keys.press("Tab")
    keys.type(office.account.password)
    keys.press("Enter")
    expect(office.page.get_by_role("heading", name="keyboard")).to_be_visible()

    keys.press("Tab")
    expect(office.page.get_by_role("link", name="Skip to the content")).to_be_focused()
    keys.press("Enter")
    expect(office.page.locator("main")).to_be_focused()
    for _ in range(2):
        keys.press("Tab")
    expect(office.page.get_by_label("Reason to release violation")).to_be_focused()
    keys.type("by keyboard")
    keys.press("Enter")

    expect(office.page.get_by_role("status")).to_contain_text("Released: violation")


def test_a_viewer_reads_and_has_nothing_to_press(come: Come, stage: Stage) -> None:
    report(stage, "looked-at", averages={"c4": 45})
    office = come("viewer")
    office.signs_in()
    office.opens("/dashboard/sessions/looked-at")

    assert [button.inner_text() for button in office.page.get_by_role("button").all()] == ["Sign out"]


def test_the_board_follows_the_day_and_keeps_the_focus(come: Come, stage: Stage) -> None:
    office = come()
    office.signs_in()
    office.page.get_by_role("link", name="All that are locked").or_(
        office.page.locator(".figure a").first
    ).first.focus()
    focused = office.page.evaluate("document.activeElement.getAttribute('href')")

    report(stage, "newly-locked", averages={"c4": 45})
    expect(office.page.locator("#board")).to_contain_text("newly-locked", timeout=15_000)

    expect(office.page.locator("#freshness")).to_contain_text(re.compile(r"refreshed \d\d:\d\d:\d\d UTC"))
    assert office.page.evaluate("document.activeElement.getAttribute('href')") == focused


def test_a_board_that_cannot_be_refreshed_says_so(come: Come) -> None:
    office = come()
    office.signs_in()
    office.window.set_offline(True)
    expect(office.page.locator("#freshness")).to_contain_text("cannot be refreshed", timeout=15_000)


@pytest.mark.parametrize("path", ["/sign-in", "", "/sessions", "/sessions/narrow", "/sessions/narrow/receipts/1"])
def test_a_page_fits_on_a_small_phone(come: Come, stage: Stage, path: str) -> None:
    report(stage, "narrow", averages={"c4": 45}, comment="w" * 300, student="s" * 100)
    office = come(viewport=PHONE)
    office.signs_in()
    office.opens(f"/dashboard{path}")

    assert office.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_are_as_light_or_dark_as_the_reader_likes_it(come: Come, scheme: str) -> None:
    office = come(color_scheme=scheme)
    office.opens("/dashboard")
    assert office.page.locator("html").get_attribute("data-bs-theme") == scheme


def test_without_scripts_the_pages_still_work(come: Come, stage: Stage) -> None:
    report(stage, "plain", averages={"c4": 45})
    office = come(java_script_enabled=False)
    office.signs_in()
    office.opens("/dashboard/sessions/plain")
    office.page.get_by_label("Reason to release violation").fill("no script was needed")
    office.page.get_by_role("button", name="Release").click()

    expect(office.page.get_by_role("heading", name="The exam is open")).to_be_visible()
