"""A real Chromium, and servers on this machine for it to visit."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.support.exam_page import ExamPage
from tests.browser.support.service_stub import ServiceStub, run_service_stub
from tests.browser.support.web_site import WebSite, run_web_site

CHROMIUM_COMMANDS = ("chromium", "chromium-browser", "google-chrome")
NO_CHROMIUM_MESSAGE = (
    "there is no Chromium here to try the exam page in; on Debian: apt install chromium"
)
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip here and not in the fixture, so that pytest prints one line for all tests."""
    if "chromium" in getattr(item, "fixturenames", ()) and not find_chromium():
        pytest.skip(NO_CHROMIUM_MESSAGE)


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """The machine's own browser; none is downloaded."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_chromium(), args=CHROMIUM_ARGUMENTS
        )
        yield browser
        browser.close()


def find_chromium() -> str | None:
    """Return the path of the installed browser."""
    return next(filter(None, map(shutil.which, CHROMIUM_COMMANDS)), None)


@pytest.fixture(scope="package")
def shared_page(chromium: Browser) -> Page:
    """One tab for most tests: a new one takes longer than most of them."""
    page = chromium.new_page()
    page.set_default_timeout(10_000)
    return page


@pytest.fixture
def page(shared_page: Page) -> Iterator[Page]:
    yield shared_page
    shared_page.context.set_offline(False)
    shared_page.goto("about:blank")


@pytest.fixture
def web_site() -> Iterator[WebSite]:
    with run_web_site() as running_site:
        yield running_site


@pytest.fixture
def service_stub() -> Iterator[ServiceStub]:
    with run_service_stub() as running_stub:
        yield running_stub


@pytest.fixture
def exam_page(page: Page, web_site: WebSite, service_stub: ServiceStub) -> Iterator[ExamPage]:
    created = ExamPage(page=page, web_site=web_site, service_stub=service_stub)
    page.on("pageerror", created.record_error)
    yield created
    page.remove_listener("pageerror", created.record_error)
