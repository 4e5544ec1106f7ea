"""An operator of the exam office at the dashboard, with a browser context of their own."""

from dataclasses import dataclass, field

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request

from demo.operators import OperatorAccount
from tests.browser.support.full_system import FullSystem


@dataclass(kw_only=True)
class DashboardUser:
    """`console_errors` are errors about the pages, `requested_urls` what they load."""

    system: FullSystem
    account: OperatorAccount
    browser_context: BrowserContext
    page: Page = field(init=False)
    console_errors: list[str] = field(default_factory=list)
    requested_urls: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page = self.browser_context.new_page()
        self.page.on("console", self._record_console_message)
        self.page.on("pageerror", lambda error: self.console_errors.append(error.message))
        self.page.on("request", self._record_request)

    def open(self, path: str) -> None:
        self.page.goto(f"{self.system.demo_environment.web_url}{path}")

    def sign_in(self) -> None:
        self.open("/dashboard/sign-in")
        self.page.get_by_label("Name").fill(self.account.name)
        self.page.get_by_label("Password").fill(self.account.password)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_url("**/dashboard")

    @property
    def text(self) -> str:
        return self.page.inner_text("body")

    def _record_console_message(self, message: ConsoleMessage) -> None:
        """Record errors and warnings; those about a 401 or 403 are no fault of a page."""
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            self.console_errors.append(message.text)

    def _record_request(self, request: Request) -> None:
        self.requested_urls.append(request.url)
