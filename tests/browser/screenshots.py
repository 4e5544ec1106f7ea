"""Takes the pictures of docs/dashboard.md: an exam day of the sandbox, seen by the exam office (`make screenshots`)."""

import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import requests
from playwright.sync_api import ViewportSize, sync_playwright

from proctor_results.sandbox.page import Page, beating
from proctor_results.sandbox.scenarios import scenarios
from proctor_results.sandbox.vendor import play
from tests.browser.conftest import NONE, QUIETLY, path_of_chromium
from tests.browser.office import Office
from tests.browser.stage import Stage, set_up
from tests.browser.stub import until

PICTURES = Path(__file__).parents[2] / "docs" / "screenshots"
WIDTHS: dict[str, ViewportSize] = {"desktop": {"width": 1280, "height": 800}, "phone": {"width": 390, "height": 844}}
TALLEST = 1200
RUN = "final"


def main() -> None:
    """Overwrites the pictures."""
    if not path_of_chromium():
        sys.exit(NONE)
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, set_up(Path(folder)) as stage, _exam_day(stage) as locked:
        _take_all(stage, locked)


@contextmanager
def _exam_day(stage: Stage) -> Iterator[str]:
    """Results come in, learners sit, one is cut off, the LMS stumbles; the session that is most worth a look."""
    webhook = f"{stage.premises.web}/webhooks/supervisor"
    list(play(scenarios(datetime.now(UTC), RUN), webhook, stage.premises.vendor_key))
    with ExitStack() as exam:
        for number in range(12):
            exam.enter_context(beating(_sits(stage, f"{RUN}-room-1-{number:02}")))
        with beating(_sits(stage, f"{RUN}-cut-off")):
            time.sleep(2)
        until(lambda: stage.holds(f"{RUN}-cut-off") == ["disconnected"], seconds=30)
        requests.post(f"{stage.premises.lms}/behave", json={"status": 503, "times": 50}, timeout=5).raise_for_status()
        stage.launch(f"{RUN}-just-now")
        yield f"{RUN}-violation"


def _sits(stage: Stage, identifier: str) -> Page:
    launch = stage.launch(identifier)
    return Page(heartbeats=launch["heartbeats"], token=launch["token"], every=launch["next_in_ms"] / 1000)


def _take_all(stage: Stage, locked: str) -> None:
    account = stage.admit("reviewer")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path_of_chromium(), args=QUIETLY)
        for name, size in WIDTHS.items():
            office = Office(stage=stage, account=account, window=chromium.new_context(viewport=size))
            _take_each(office, name, _pages(locked))


def _take_each(office: Office, name: str, pages: Mapping[str, str]) -> None:
    office.opens("/dashboard/sign-in")
    _take(office, f"sign-in-{name}")
    office.signs_in()
    for page, path in pages.items():
        office.opens(path)
        _take(office, f"{page}-{name}")


def _pages(locked: str) -> dict[str, str]:
    return {
        "board": "/dashboard",
        "sessions": "/dashboard/sessions",
        "session": f"/dashboard/sessions/{locked}",
        "receipt": f"/dashboard/sessions/{locked}/receipts/1",
    }


def _take(office: Office, name: str) -> None:
    """The whole page, as far as anybody wants to scroll."""
    width = office.page.evaluate("innerWidth")
    height = min(TALLEST, office.page.evaluate("document.documentElement.scrollHeight"))
    clip = {"x": 0, "y": 0, "width": width, "height": height}
    office.page.screenshot(path=PICTURES / f"{name}.png", full_page=True, clip=clip)  # type: ignore[arg-type]  # a rectangle


if __name__ == "__main__":
    main()
