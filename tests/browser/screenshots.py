"""Takes the pictures of docs/dashboard.md from a sandbox exam day (`make screenshots`)."""

import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import requests
from playwright.sync_api import ViewportSize, sync_playwright

from demo.operators import add_operator
from sandbox.exam_page import SimulatedExamPage, heartbeat_loop
from sandbox.vendor.client import post_scenarios
from sandbox.vendor.scenarios import build_scenarios
from tests.browser.conftest import CHROMIUM_ARGUMENTS, NO_CHROMIUM_MESSAGE, find_chromium
from tests.browser.support.dashboard_user import DashboardUser
from tests.browser.support.full_system import FullSystem, run_full_system
from tests.browser.support.service_stub import wait_until

SCREENSHOTS_FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"
VIEWPORTS: dict[str, ViewportSize] = {
    "desktop": {"width": 1280, "height": 800},
    "phone": {"width": 390, "height": 844},
}
MAX_HEIGHT = 1200
RUN_ID = "final"


def main() -> None:
    """Overwrite the pictures."""
    if not find_chromium():
        sys.exit(NO_CHROMIUM_MESSAGE)
    SCREENSHOTS_FOLDER.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        run_full_system(Path(folder)) as system,
        _simulate_exam(system) as locked_identifier,
    ):
        _capture_all(system, locked_identifier)


@contextmanager
def _simulate_exam(system: FullSystem) -> Iterator[str]:
    """Play an exam day with a disconnected learner and a failing LMS.

    Return the session to show.
    """
    webhook_url = f"{system.demo_environment.web_url}/webhooks/supervisor"
    list(
        post_scenarios(
            build_scenarios(datetime.now(UTC), RUN_ID),
            webhook_url,
            system.demo_environment.vendor_key,
        )
    )
    with ExitStack() as connected_pages:
        for number in range(12):
            connected_pages.enter_context(
                heartbeat_loop(_launch_page(system, f"{RUN_ID}-room-1-{number:02}"))
            )
        with heartbeat_loop(_launch_page(system, f"{RUN_ID}-disconnected")):
            time.sleep(2)
        wait_until(
            lambda: system.lms_holds(f"{RUN_ID}-disconnected") == ["disconnected"],
            timeout_seconds=30,
        )
        requests.post(
            f"{system.demo_environment.lms_url}/behaviour",
            json={"status": 503, "times": 50},
            timeout=5,
        ).raise_for_status()
        system.launch(f"{RUN_ID}-just-now")
        yield f"{RUN_ID}-violation"


def _launch_page(system: FullSystem, identifier: str) -> SimulatedExamPage:
    launched = system.launch(identifier)
    return SimulatedExamPage(
        heartbeats_url=launched["heartbeats"],
        token=launched["token"],
        interval_seconds=launched["next_in_ms"] / 1000,
    )


def _capture_all(system: FullSystem, locked_identifier: str) -> None:
    folder = system.demo_environment.folder
    account = add_operator("anna", "reviewer", system.environment, folder)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=find_chromium(), args=CHROMIUM_ARGUMENTS
        )
        for name, size in VIEWPORTS.items():
            user = DashboardUser(
                system=system, account=account, browser_context=chromium.new_context(viewport=size)
            )
            _capture_pages(user, name, _page_paths(locked_identifier))


def _capture_pages(user: DashboardUser, name: str, pages: Mapping[str, str]) -> None:
    user.open("/dashboard/sign-in")
    _capture(user, f"sign-in-{name}")
    user.sign_in()
    for page, path in pages.items():
        user.open(path)
        _capture(user, f"{page}-{name}")
    user.page.locator("article.receipt a").first.click()
    user.page.wait_for_url("**/receipts/*")
    _capture(user, f"receipt-{name}")


def _page_paths(locked_identifier: str) -> dict[str, str]:
    return {
        "overview": "/dashboard",
        "sessions": "/dashboard/sessions",
        "session": f"/dashboard/sessions/{locked_identifier}",
    }


def _capture(user: DashboardUser, name: str) -> None:
    """Capture the page up to a height that is worth scrolling."""
    width = user.page.evaluate("innerWidth")
    height = min(MAX_HEIGHT, user.page.evaluate("document.documentElement.scrollHeight"))
    clip = {"x": 0, "y": 0, "width": width, "height": height}
    user.page.screenshot(path=SCREENSHOTS_FOLDER / f"{name}.png", full_page=True, clip=clip)  # type: ignore[arg-type]  # a dict is a rectangle, too


if __name__ == "__main__":
    main()
