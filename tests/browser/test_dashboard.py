"""The dashboard in a real browser: sign in, find a locked learner, release the hold."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, expect

from demo.operators import OperatorAccount
from tests.browser.support.dashboard_user import DashboardUser
from tests.browser.support.full_system import FullSystem, run_full_system
from tests.browser.support.service_stub import wait_until

HOSTILE_TEXT = '<script>window.hostile = 1</script><img src=x onerror="window.hostile = 1">'
PHONE_VIEWPORT = {"width": 360, "height": 740}

OpenDashboard = Callable[..., DashboardUser]


@pytest.fixture(scope="module")
def system(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FullSystem]:
    with run_full_system(tmp_path_factory.mktemp("dashboard")) as created:
        yield created


@pytest.fixture(scope="module")
def accounts(system: FullSystem) -> Mapping[str, OperatorAccount]:
    return {role: system.create_account(role) for role in ("reviewer", "viewer")}


@pytest.fixture
def open_dashboard(
    chromium: Browser, system: FullSystem, accounts: Mapping[str, OperatorAccount]
) -> Iterator[OpenDashboard]:
    """An operator at the dashboard. No page breaks its own policy or calls another host."""
    with ExitStack() as stack:
        users: list[DashboardUser] = []

        def open_window(role: str = "reviewer", **context_options: Any) -> DashboardUser:
            context = chromium.new_context(**context_options)
            context.set_default_timeout(10_000)
            stack.callback(context.close)
            users.append(
                DashboardUser(system=system, account=accounts[role], browser_context=context)
            )
            return users[-1]

        yield open_window
        for user in users:
            assert user.console_errors == []
            assert {
                requested_url
                for requested_url in user.requested_urls
                if not requested_url.startswith((system.demo_environment.web_url, "data:"))
            } == set()


def post_report(system: FullSystem, identifier: str, **fields: Any) -> None:
    body = {
        "identifier": identifier,
        "status": "stopped",
        "student": f"student-{identifier}",
        **fields,
    }
    headers = {"X-Api-Key": system.demo_environment.vendor_key}
    response = requests.post(
        f"{system.demo_environment.web_url}/webhooks/supervisor",
        json=body,
        headers=headers,
        timeout=5,
    )
    assert response.status_code == 200, response.text


def test_a_locked_learner_is_found_explained_and_released(
    open_dashboard: OpenDashboard, system: FullSystem
) -> None:
    post_report(system, "exam-7-anna", averages={"c4": 45})
    wait_until(lambda: system.lms_holds("exam-7-anna") == ["violation"])
    user = open_dashboard()
    user.sign_in()

    user.page.get_by_role("link", name="Sessions", exact=True).click()
    user.page.get_by_label("Identifier or student begins with").fill("student-exam-7")
    user.page.get_by_label("Exam is").select_option("any")
    user.page.get_by_role("button", name="Search").click()
    user.page.get_by_role("link", name="exam-7-anna").click()
    expect(user.page.get_by_text("average of c4 is 45, allowed below 20").first).to_be_visible()

    user.page.get_by_label("Reason to release violation").fill("it was her brother")
    user.page.get_by_role("button", name="Release").click()
    expect(user.page.get_by_role("status")).to_contain_text("Released: violation")
    expect(user.page.get_by_role("heading", name="The exam is open")).to_be_visible()

    wait_until(lambda: system.lms_holds("exam-7-anna") == [])
    user.page.reload()
    delivery_events = user.page.locator(".timeline li", has_text="lock → webhook: delivered (200)")
    expect(delivery_events).to_have_count(2)
    expect(user.page.locator(".timeline")).to_contain_text(
        f"{user.account.name} (release): it was her brother"
    )


def test_received_text_is_never_markup(open_dashboard: OpenDashboard, system: FullSystem) -> None:
    hostile = dict.fromkeys(("student", "proctor", "comment", "conclusion"), HOSTILE_TEXT)
    post_report(
        system,
        "hostile",
        **{**hostile, "status": "rejected", "link": "javascript:window.hostile=1"},
    )
    user = open_dashboard()
    user.sign_in()

    for path in ("", "/sessions", "/sessions/hostile", "/sessions/hostile/receipts/1"):
        user.open(f"/dashboard{path}")
        assert user.page.evaluate("window.hostile") is None
    user.open("/dashboard/sessions/hostile")
    assert HOSTILE_TEXT in user.text
    assert user.page.locator("a[href^='javascript']").count() == 0


def test_everything_is_done_by_keyboard(open_dashboard: OpenDashboard, system: FullSystem) -> None:
    post_report(system, "keyboard", averages={"c4": 45})
    user = open_dashboard()
    user.open("/dashboard/sessions/keyboard")
    keyboard = user.page.keyboard
    expect(user.page.get_by_label("Name")).to_be_focused()
    keyboard.type(user.account.name)
    keyboard.press("Tab")
    keyboard.type(user.account.password)
    keyboard.press("Enter")
    expect(user.page.get_by_role("heading", name="keyboard")).to_be_visible()

    keyboard.press("Tab")
    expect(user.page.get_by_role("link", name="Skip to the content")).to_be_focused()
    keyboard.press("Enter")
    expect(user.page.locator("main")).to_be_focused()
    for _ in range(2):
        keyboard.press("Tab")
    expect(user.page.get_by_label("Reason to release violation")).to_be_focused()
    keyboard.type("by keyboard")
    keyboard.press("Enter")

    expect(user.page.get_by_role("status")).to_contain_text("Released: violation")


def test_a_viewer_sees_no_action_buttons(open_dashboard: OpenDashboard, system: FullSystem) -> None:
    post_report(system, "looked-at", averages={"c4": 45})
    user = open_dashboard("viewer")
    user.sign_in()
    user.open("/dashboard/sessions/looked-at")

    assert [button.inner_text() for button in user.page.get_by_role("button").all()] == ["Sign out"]


def test_the_overview_refreshes_and_keeps_the_focus(
    open_dashboard: OpenDashboard, system: FullSystem
) -> None:
    user = open_dashboard()
    user.sign_in()
    user.page.get_by_role("link", name="All locked sessions").or_(
        user.page.locator(".tile-number a").first
    ).first.focus()
    focused = user.page.evaluate("document.activeElement.getAttribute('href')")

    post_report(system, "newly-locked", averages={"c4": 45})
    expect(user.page.locator("#overview")).to_contain_text("newly-locked", timeout=15_000)

    expect(user.page.locator("#freshness")).to_contain_text(
        re.compile(r"refreshed \d\d:\d\d:\d\d UTC")
    )
    assert user.page.evaluate("document.activeElement.getAttribute('href')") == focused


def test_an_overview_that_cannot_be_refreshed_shows_that(open_dashboard: OpenDashboard) -> None:
    user = open_dashboard()
    user.sign_in()
    user.browser_context.set_offline(True)
    expect(user.page.locator("#freshness")).to_contain_text("cannot be refreshed", timeout=15_000)


@pytest.mark.parametrize(
    "path", ["/sign-in", "", "/sessions", "/sessions/narrow", "/sessions/narrow/receipts/1"]
)
def test_a_page_fits_on_a_small_phone(
    open_dashboard: OpenDashboard, system: FullSystem, path: str
) -> None:
    post_report(system, "narrow", averages={"c4": 45}, comment="w" * 300, student="s" * 100)
    user = open_dashboard(viewport=PHONE_VIEWPORT)
    user.sign_in()
    user.open(f"/dashboard{path}")

    assert user.page.evaluate("document.documentElement.scrollWidth") <= PHONE_VIEWPORT["width"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_follow_the_preferred_colour_scheme(
    open_dashboard: OpenDashboard, scheme: str
) -> None:
    user = open_dashboard(color_scheme=scheme)
    user.open("/dashboard")
    assert user.page.locator("html").get_attribute("data-bs-theme") == scheme


def test_the_pages_work_without_javascript(
    open_dashboard: OpenDashboard, system: FullSystem
) -> None:
    post_report(system, "plain", averages={"c4": 45})
    user = open_dashboard(java_script_enabled=False)
    user.sign_in()
    user.open("/dashboard/sessions/plain")
    user.page.get_by_label("Reason to release violation").fill("no script was needed")
    user.page.get_by_role("button", name="Release").click()

    expect(user.page.get_by_role("heading", name="The exam is open")).to_be_visible()
