"""Measures how long an operator waits for a page with a million sessions stored."""

import re
import time
from statistics import median
from urllib.parse import urlencode

import requests

from bench.benchmark import Benchmark, Measurement, Threshold
from bench.conditions import FULL_SESSION_COUNT, Conditions
from bench.fill_database import all_identifiers
from bench.installation import BenchInstallation, installation_on
from demo.environment import HOST
from proctor_results import clock
from proctor_results.database.connect import connect
from proctor_results.dependencies import Dependencies
from proctor_results.operators import manage
from proctor_results.operators.model import Operator, Role
from proctor_results.policies.load import default_policy

SAMPLE_IDENTIFIER = all_identifiers(FULL_SESSION_COUNT)[FULL_SESSION_COUNT // 2]

SEARCHES: tuple[dict[str, str], ...] = (
    {},
    {"prefix": "5"},
    {"prefix": SAMPLE_IDENTIFIER},
    {"prefix": "unknown"},
    {"prefix": "~"},  # after all that there are
    {
        "prefix": "s",
        "status": "stopped",
    },  # no session matches: here and below, the searches that read most rows
    {"prefix": "8", "exam": "no exam", "has_pending_delivery": "y"},
    {"prefix": "5", "outcome": "skipped", "after": "500000 58"},
    {"exam": "exam-1"},
    {"exam": "no exam"},
    {"student": "no student"},
    {"status": "accepted"},
    {"status": "stopped"},  # no session matches
    {"outcome": "rejected"},
    {"outcome": "skipped"},  # no session matches
    {"hold": "any"},
    {"hold": "none"},
    {"hold": "rejected"},
    {"hold": "manual"},  # no session matches
    {"has_pending_delivery": "y"},
    {"exam": "exam-1", "status": "started", "hold": "any"},
    {"exam": "exam-1", "status": "stopped", "after": "500000 "},
    {"hold": "rejected", "exam": "no exam"},
    {"hold": "any", "outcome": "skipped", "after": "300000 "},
    {"status": "stopped", "after": "700000 "},
    {"has_pending_delivery": "y", "status": "stopped", "after": "500000 1"},
)

PAGES = (
    "/dashboard",
    *(f"/dashboard/sessions?{urlencode(query)}" for query in SEARCHES),
    f"/dashboard/sessions/{SAMPLE_IDENTIFIER}",
)

_NAME, _PASSWORD = "bench", "correct horse battery"  # for a temporary database


def _measure(conditions: Conditions) -> Measurement:
    installation = installation_on(conditions, conditions.full_database())
    _add_operator(installation.database_url)
    with installation.web():
        browser = _sign_in(installation)
        page_seconds = {
            page: _median_seconds(browser, installation, page, conditions.rounds) for page in PAGES
        }
    for page, seconds in page_seconds.items():
        conditions.report_progress(f"{1000 * seconds:6.0f} ms  {page}")
    slowest = max(page_seconds, key=lambda page: page_seconds[page])
    median_ms = 1000 * median(page_seconds.values())
    return Measurement(
        value=1000 * page_seconds[slowest],
        detail=f"{slowest} takes longest of {len(PAGES)} pages; half of them are there within "
        f"{median_ms:.0f} ms",
    )


def _add_operator(url: str) -> None:
    deps = Dependencies(database=connect(url), policy=default_policy())
    manage.add_operator(deps, Operator(name=_NAME, role=Role.VIEWER), _PASSWORD, clock.now())
    deps.database.close()


def _sign_in(installation: BenchInstallation) -> requests.Session:
    """Return a browser that has signed in."""
    browser, url = requests.Session(), f"http://{HOST}:{installation.web_port}/dashboard/sign-in"
    page = browser.get(url, timeout=30)
    _copy_cookie(browser, page)
    (token,) = re.findall(r'name="csrf_token"[^>]* value="([^"]+)"', page.text)
    form = {"csrf_token": token, "name": _NAME, "password": _PASSWORD}
    _copy_cookie(browser, browser.post(url, form, timeout=30, allow_redirects=False))
    return browser


def _copy_cookie(browser: requests.Session, response: requests.Response) -> None:
    """Copy the cookie, which is for https alone, to plain http."""
    name, _, value = response.headers["Set-Cookie"].partition(";")[0].partition("=")
    browser.cookies.clear()
    browser.cookies.set(name, value)


def _median_seconds(
    browser: requests.Session, installation: BenchInstallation, page: str, rounds: int
) -> float:
    """Return the median of the seconds until the page is there, without the first load."""
    return median([_load_seconds(browser, installation, page) for _ in range(rounds + 1)][1:])


def _load_seconds(browser: requests.Session, installation: BenchInstallation, page: str) -> float:
    started = time.perf_counter()
    browser.get(f"http://{HOST}:{installation.web_port}{page}", timeout=60).raise_for_status()
    return time.perf_counter() - started


_THRESHOLD = Threshold(limit=100, is_maximum=True, number_format="{:.0f} ms")

BENCHMARK = Benchmark(
    name="dashboard",
    title=f"the slowest page of the dashboard with {FULL_SESSION_COUNT:,} sessions stored",
    thresholds={"sqlite": _THRESHOLD, "postgresql": _THRESHOLD},
    measure=_measure,
)
