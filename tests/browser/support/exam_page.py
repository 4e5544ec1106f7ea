"""An exam page that loads reconnect.js from a stub of the service, and records its callbacks."""

from dataclasses import dataclass, field

from playwright.sync_api import Error, Page

from tests.browser.support.service_stub import ServiceStub, wait_until
from tests.browser.support.web_site import WebSite

RECORD_CALLBACKS = """
window.events = [];
window.callbacks = {
  onState: (state, detail) => events.push(detail.reason ? `${state}: ${detail.reason}` : state),
  onLocked: (holds) => events.push(`locked by ${holds.join(" and ")}`),
  onUnlocked: () => events.push("unlocked"),
};
"""

FAST_TIMERS = """
window.delays = [];
const originalSetTimeout = window.setTimeout;
window.setTimeout = (step, pause) => {
  window.delays.push(pause);
  return originalSetTimeout(step, pause / 20);
};
"""
"""Timers run twenty times as fast, and are recorded."""

RESPONSE_TIMEOUT_MS = 8000


@dataclass(kw_only=True)
class ExamPage:
    """`errors` are the exceptions in the page's own code."""

    page: Page
    web_site: WebSite
    service_stub: ServiceStub
    errors: list[str] = field(default_factory=list)

    def open(self, html: str = "", *, fast_timers: bool = False) -> None:
        """Load the page with the recorder and `html`, by default the script tag."""
        recorder_html = f"<script>{RECORD_CALLBACKS}{FAST_TIMERS if fast_timers else ''}</script>"
        self.web_site.pages["exam"] = (
            f"<!doctype html><title>Exam</title>{recorder_html}{html or self.script_tag()}"
        )
        self.page.goto(f"{self.web_site.origin}/exam")

    def record_error(self, error: Error) -> None:
        self.errors.append(error.message)

    def script_tag(self, attributes: str = "") -> str:
        return f'<script src="{self.service_stub.origin}/reconnect.js" {attributes}></script>'

    def start(self, options: str = "") -> None:
        """Call `start` as the page would; `options` are further ones as JavaScript."""
        stub_origin = self.service_stub.origin
        base_options = (
            f"heartbeats: '{stub_origin}/heartbeats', metrics: '{stub_origin}/metrics', "
            "token: 't', ...callbacks"
        )
        self.run_javascript(f"handle = ProctorResults.start({{{base_options}, {options}}})")

    def run_javascript(self, javascript: str) -> None:
        self.page.evaluate(f"() => {{ {javascript} }}")

    @property
    def recorded_events(self) -> list[str]:
        """Return states and callbacks in their order."""
        events: list[str] = self.page.evaluate("events")
        return events

    @property
    def timer_delays(self) -> list[float]:
        """Return the delays of all timers in milliseconds, without the timeout for responses."""
        delays: list[float] = self.page.evaluate("delays")
        return [delay for delay in delays if delay != RESPONSE_TIMEOUT_MS]

    def wait_for_state(self, state: str) -> None:
        wait_until(lambda: self.page.evaluate("handle.state") == state)

    def wait_for_heartbeats(self, heartbeat_count: int) -> None:
        """Wait until the service has received that many heartbeats."""
        wait_until(lambda: len(self.service_stub.heartbeats) >= heartbeat_count)
