"""A learner who sits an exam in a window of their own, with a network that can be cut."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import BrowserContext, Page

from tests.browser.site import Site
from tests.browser.stage import Stage
from tests.browser.stub import until

COVER = """
document.addEventListener("proctor-results:locked", ({detail}) => {
  document.querySelector("#cover").textContent = "Locked: " + detail.holds.join(", ");
});
document.addEventListener("proctor-results:unlocked", () => {
  document.querySelector("#cover").textContent = "";
});
"""
"""What the LMS's own script does on its exam page: it covers the questions while the exam is locked."""


@dataclass(kw_only=True)
class Learner:
    identifier: str
    stage: Stage
    window: BrowserContext
    page: Page = field(init=False)

    def comes_in(self, form: str = "script") -> None:
        """The LMS launches, and the learner opens the exam page with the HTML that it was given."""
        self.opens(self.stage.launch(self.identifier)["html"][form], self.stage.site)

    def opens(self, html: str, site: Site) -> None:
        site.pages["cover.js"] = COVER
        site.pages[self.identifier] = f'<!doctype html><p id="cover"></p><script src="/cover.js"></script>{html}'
        self.page = self.window.new_page()
        self.page.goto(f"{site.origin}/{self.identifier}")

    def reaches(self, state: str) -> None:
        until(lambda: self.state == state)

    def hears(self, path: str) -> Mapping[str, Any]:
        """The next answer that the page gets there."""
        with self.page.expect_response(f"**/{path}") as answer:
            pass
        body: Mapping[str, Any] = answer.value.json()
        return body

    @property
    def state(self) -> str:
        state: str = self.page.evaluate("ProctorResults.auto.state")
        return state

    @property
    def cover(self) -> str:
        return self.page.inner_text("#cover")

    @property
    def holds(self) -> list[str]:
        """Why the LMS takes the exam for locked."""
        return self.stage.holds(self.identifier)
