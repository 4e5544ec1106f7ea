"""Somebody of the exam office in front of the dashboard, with a window of their own."""

from dataclasses import dataclass, field

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request

from proctor_results.sandbox.demo.operators import Account
from tests.browser.stage import Stage


@dataclass(kw_only=True)
class Office:
    """`complaints` are what the browser says about the pages; `asked` are the addresses that they load."""

    stage: Stage
    account: Account
    window: BrowserContext
    page: Page = field(init=False)
    complaints: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page = self.window.new_page()
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.complaints.append(error.message))
        self.page.on("request", self._see)

    def opens(self, path: str) -> None:
        self.page.goto(f"{self.stage.premises.web}{path}")

    def signs_in(self) -> None:
        self.opens("/dashboard/sign-in")
        self.page.get_by_label("Name").fill(self.account.name)
        self.page.get_by_label("Password").fill(self.account.password)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_url("**/dashboard")

    @property
    def text(self) -> str:
        return self.page.inner_text("body")

    def _note(self, message: ConsoleMessage) -> None:
        """What the browser says of a 401 or 403 is no complaint about a page."""
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            self.complaints.append(message.text)

    def _see(self, request: Request) -> None:
        self.asked.append(request.url)
