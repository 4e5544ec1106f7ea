"""A learner with a browser context of their own, whose network can be cut."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import BrowserContext, Page

from tests.browser.support.full_system import FullSystem
from tests.browser.support.service_stub import wait_until
from tests.browser.support.web_site import WebSite

LOCK_NOTICE_SCRIPT = """
document.addEventListener("proctor-results:locked", ({detail}) => {
  document.querySelector("#lock-notice").textContent = "Locked: " + detail.holds.join(", ");
});
document.addEventListener("proctor-results:unlocked", () => {
  document.querySelector("#lock-notice").textContent = "";
});
"""
"""The LMS's own script, which covers the questions while the exam is locked."""


@dataclass(kw_only=True)
class Learner:
    identifier: str
    system: FullSystem
    browser_context: BrowserContext
    page: Page = field(init=False)

    def launch_and_open(self, snippet: str = "script") -> None:
        """Launch the session, and open the exam page with the HTML of the launch."""
        self.open_page(self.system.launch(self.identifier)["html"][snippet], self.system.lms_site)

    def open_page(self, html: str, web_site: WebSite) -> None:
        web_site.pages["lock-notice.js"] = LOCK_NOTICE_SCRIPT
        web_site.pages[self.identifier] = (
            f'<!doctype html><p id="lock-notice"></p><script src="/lock-notice.js"></script>{html}'
        )
        self.page = self.browser_context.new_page()
        self.page.goto(f"{web_site.origin}/{self.identifier}")

    def wait_for_state(self, state: str) -> None:
        wait_until(lambda: self.state == state)

    def wait_for_response(self, path: str) -> Mapping[str, Any]:
        """Return the JSON of the next response that the page gets there."""
        with self.page.expect_response(f"**/{path}") as response:
            pass
        body: Mapping[str, Any] = response.value.json()
        return body

    @property
    def state(self) -> str:
        state: str = self.page.evaluate("ProctorResults.auto.state")
        return state

    @property
    def lock_notice(self) -> str:
        return self.page.inner_text("#lock-notice")

    @property
    def lms_holds(self) -> list[str]:
        """Return the kinds of holds that the LMS has received."""
        return self.system.lms_holds(self.identifier)
