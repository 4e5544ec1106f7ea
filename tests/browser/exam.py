"""An exam page that loads reconnect.js from a stub of the service, and remembers what it is told."""

from dataclasses import dataclass, field

from playwright.sync_api import Error, Page

from tests.browser.site import Site
from tests.browser.stub import Stub, until

REMEMBER = """
window.story = [];
window.told = {
  onState: (state, detail) => story.push(detail.reason ? `${state}: ${detail.reason}` : state),
  onLocked: (holds) => story.push(`locked by ${holds.join(" and ")}`),
  onUnlocked: () => story.push("unlocked"),
};
"""

HURRY = """
window.pauses = [];
const setTimeoutAsItIs = window.setTimeout;
window.setTimeout = (step, pause) => {
  window.pauses.push(pause);
  return setTimeoutAsItIs(step, pause / 20);
};
"""
"""Timers that run out twenty times as fast, and are noted down."""

PATIENCE = 8000


@dataclass(kw_only=True)
class Exam:
    """`errors` are what went wrong in the page's own code, as the browser sees it."""

    page: Page
    site: Site
    stub: Stub
    errors: list[str] = field(default_factory=list)

    def open(self, html: str = "", *, hurried: bool = False) -> None:
        """Loads the page; `html` is what it has beside its memory, by default the script."""
        memory = f"<script>{REMEMBER}{HURRY if hurried else ''}</script>"
        self.site.pages["exam"] = f"<!doctype html><title>Exam</title>{memory}{html or self.script()}"
        self.page.goto(f"{self.site.origin}/exam")

    def note(self, error: Error) -> None:
        self.errors.append(error.message)

    def script(self, attributes: str = "") -> str:
        return f'<script src="{self.stub.origin}/reconnect.js" {attributes}></script>'

    def start(self, options: str = "") -> None:
        """Starts as the page would; `options` are more of them, as JavaScript."""
        where = self.stub.origin
        ours = f"heartbeats: '{where}/heartbeats', metrics: '{where}/metrics', token: 't', ...told"
        self.run(f"handle = ProctorResults.start({{{ours}, {options}}})")

    def run(self, javascript: str) -> None:
        self.page.evaluate(f"() => {{ {javascript} }}")

    @property
    def story(self) -> list[str]:
        """States and callbacks in their order."""
        told: list[str] = self.page.evaluate("story")
        return told

    @property
    def pauses(self) -> list[float]:
        """How long was waited for what, in milliseconds; without the patience for answers."""
        pauses: list[float] = self.page.evaluate("pauses")
        return [pause for pause in pauses if pause != PATIENCE]

    def reaches(self, state: str) -> None:
        until(lambda: self.page.evaluate("handle.state") == state)

    def hears(self, beats: int) -> None:
        """Waits until the service has heard so many heartbeats."""
        until(lambda: len(self.stub.beats) >= beats)
