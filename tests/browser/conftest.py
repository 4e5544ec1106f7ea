"""A real Chromium, and servers on ports of this machine for it to visit."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.exam import Exam
from tests.browser.site import Site, open_site
from tests.browser.stub import Stub, open_stub

NAMES = ("chromium", "chromium-browser", "google-chrome")
NONE = "there is no Chromium here to try the exam page in; on Debian: apt install chromium"
QUIETLY = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skips from here and not in the fixture, so that pytest says it in one line for all tests."""
    if "chromium" in getattr(item, "fixturenames", ()) and not path_of_chromium():
        pytest.skip(NONE)


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """The machine's own browser; none is ever downloaded."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path_of_chromium(), args=QUIETLY)
        yield browser
        browser.close()


def path_of_chromium() -> str | None:
    """Where this machine has one."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@pytest.fixture(scope="package")
def one_page(chromium: Browser) -> Page:
    """One tab for all tests that need no more: a new one takes longer than most of them."""
    page = chromium.new_page()
    page.set_default_timeout(10_000)
    return page


@pytest.fixture
def page(one_page: Page) -> Iterator[Page]:
    yield one_page
    one_page.context.set_offline(False)
    one_page.goto("about:blank")


@pytest.fixture
def site() -> Iterator[Site]:
    with open_site() as opened:
        yield opened


@pytest.fixture
def stub() -> Iterator[Stub]:
    with open_stub() as opened:
        yield opened


@pytest.fixture
def exam(page: Page, site: Site, stub: Stub) -> Iterator[Exam]:
    made = Exam(page=page, site=site, stub=stub)
    page.on("pageerror", made.note)
    yield made
    page.remove_listener("pageerror", made.note)
