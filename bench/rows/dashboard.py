"""How long an operator waits for a page when a million sessions are stored."""

import re
import time
from statistics import median
from urllib.parse import urlencode

import requests

from bench.conditions import MANY, Conditions
from bench.row import Figure, Promise, Row
from bench.seeds import everybody
from bench.site import Site, prepared
from proctor_results import clock
from proctor_results.domain.operator import Operator, Role
from proctor_results.flows import keep_operators
from proctor_results.flows.house import House
from proctor_results.policy_file import built_in
from proctor_results.sandbox.demo.premises import HOST
from proctor_results.store.opening import open_ledger

SOMEBODY = everybody(MANY)[MANY // 2]

SEARCHES: tuple[dict[str, str], ...] = (
    {},
    {"begins": "5"},
    {"begins": SOMEBODY},
    {"begins": "nobody"},
    {"begins": "~"},  # after all that there are
    {"begins": "s", "status": "stopped"},  # as nobody's is: here and below, what most looks are needed for
    {"begins": "8", "exam": "no exam", "undelivered": "y"},
    {"begins": "5", "outcome": "skipped", "after": "500000 58"},
    {"exam": "exam-1"},
    {"exam": "no exam"},
    {"student": "no student"},
    {"status": "accepted"},
    {"status": "stopped"},  # as nobody's is
    {"outcome": "rejected"},
    {"outcome": "skipped"},  # as nobody's is
    {"held": "any"},
    {"held": "none"},
    {"held": "rejected"},
    {"held": "manual"},  # as nobody's is
    {"undelivered": "y"},
    {"exam": "exam-1", "status": "started", "held": "any"},
    {"exam": "exam-1", "status": "stopped", "after": "500000 "},
    {"held": "rejected", "exam": "no exam"},
    {"held": "any", "outcome": "skipped", "after": "300000 "},
    {"status": "stopped", "after": "700000 "},
    {"undelivered": "y", "status": "stopped", "after": "500000 1"},
)

PAGES = (
    "/dashboard",
    *(f"/dashboard/sessions?{urlencode(each)}" for each in SEARCHES),
    f"/dashboard/sessions/{SOMEBODY}",
)

_NAME, _PASSWORD = "bench", "correct horse battery"  # for a ledger that is thrown away


def _measure(conditions: Conditions) -> Figure:
    made = prepared(conditions, conditions.full())
    _welcome(made.database_url)
    with made.web():
        browser = _signed_in(made)
        waits = {page: _wait(browser, made, page, conditions.rounds) for page in PAGES}
    for page, seconds in waits.items():
        conditions.say(f"{1000 * seconds:6.0f} ms  {page}")
    slowest = max(waits, key=lambda page: waits[page])
    half = 1000 * median(waits.values())
    return Figure(
        value=1000 * waits[slowest],
        detail=f"{slowest} takes longest of {len(PAGES)} pages; half of them are there within {half:.0f} ms",
    )


def _welcome(url: str) -> None:
    house = House(ledger=open_ledger(url), policy=built_in())
    keep_operators.add(house, Operator(name=_NAME, role=Role.VIEWER), _PASSWORD, clock.now())
    house.ledger.close()


def _signed_in(made: Site) -> requests.Session:
    """A browser that has signed in."""
    browser, address = requests.Session(), f"http://{HOST}:{made.web_port}/dashboard/sign-in"
    page = browser.get(address, timeout=30)
    _take_cookie(browser, page)
    (token,) = re.findall(r'name="csrf_token"[^>]* value="([^"]+)"', page.text)
    said = {"csrf_token": token, "name": _NAME, "password": _PASSWORD}
    _take_cookie(browser, browser.post(address, said, timeout=30, allow_redirects=False))
    return browser


def _take_cookie(browser: requests.Session, answer: requests.Response) -> None:
    """By hand, because it is for https alone."""
    name, _, value = answer.headers["Set-Cookie"].partition(";")[0].partition("=")
    browser.cookies.clear()
    browser.cookies.set(name, value)


def _wait(browser: requests.Session, made: Site, page: str, rounds: int) -> float:
    """The seconds until the page is there: the median, after one that nobody counts."""
    return median([_seconds(browser, made, page) for _ in range(rounds + 1)][1:])


def _seconds(browser: requests.Session, made: Site, page: str) -> float:
    began = time.perf_counter()
    browser.get(f"http://{HOST}:{made.web_port}{page}", timeout=60).raise_for_status()
    return time.perf_counter() - began


_PROMISE = Promise(bound=100, at_most=True, shown="{:.0f} ms")

ROW = Row(
    name="dashboard",
    title=f"the slowest page of the dashboard with {MANY:,} sessions stored",
    promises={"sqlite": _PROMISE, "postgresql": _PROMISE},
    measure=_measure,
)
