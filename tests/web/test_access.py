"""Every route is tried by everybody, and opens to those who may alone: routes x roles."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.routing import Rule

from proctor_results import clock
from proctor_results.web.launch_tokens import Launch, LaunchTokens
from tests.conftest import LMS_KEY, METRICS_KEY, SECRET, VENDOR_KEY, house_of
from tests.operators import HTTPS, Browser, add_everybody, signed_in

MAY: Mapping[str, set[str]] = {
    "vendor": {"vendor"},
    "lms": {"lms"},
    "metrics": {"metrics"},
    "browser": {"launch"},
    "browser or lms": {"launch", "lms"},
    "viewer": {"viewer", "reviewer"},
    "reviewer": {"reviewer"},
}
"""Who gets past which guard."""

ROLES = ("nobody", "vendor", "lms", "metrics", "launch", "viewer", "reviewer")


@pytest.fixture
def database_url(sqlite_with_tables: Path, tmp_path: Path) -> str:
    """Who may pass does not depend on the database."""
    (tmp_path / "access.db").write_bytes(sqlite_with_tables.read_bytes())
    return f"sqlite:///{tmp_path / 'access.db'}"


def guarded(app: Flask) -> Iterator[tuple[Rule, str, str]]:
    """Every route with a guard, with its guard and each of its methods."""
    for rule in app.url_map.iter_rules():
        guard = getattr(app.view_functions[rule.endpoint], "guard", "anyone")
        for method in sorted((rule.methods or set()) - {"OPTIONS"}):
            if guard != "anyone":
                yield rule, guard, method


def as_(app: Flask, role: str) -> tuple[Browser, Mapping[str, str]]:
    """The browser and the headers with which that role comes."""
    launch = LaunchTokens(secret=SECRET).make(Launch(identifier="1", number=1), clock.now())
    headers = {
        "vendor": {"X-Api-Key": VENDOR_KEY},
        "lms": {"X-Api-Key": LMS_KEY},
        "metrics": {"X-Api-Key": METRICS_KEY},
        "launch": {"Authorization": f"Bearer {launch}"},
    }
    names = {"viewer": "otto", "reviewer": "anna"}
    browser = signed_in(app, names[role]) if role in names else Browser(app.test_client())
    return browser, headers.get(role, {})


def test_every_guard_is_known_here(app: Flask) -> None:
    assert {guard for _, guard, _ in guarded(app)} == MAY.keys()


@pytest.mark.parametrize("role", ROLES)
def test_a_role_gets_where_it_may_and_nowhere_else(app: Flask, role: str) -> None:
    add_everybody(house_of(app))
    browser, headers = as_(app, role)
    refusal = {"viewer": {"reviewer": 403}}.get(role, {})

    for rule, guard, method in guarded(app):
        path = rule.build(dict.fromkeys(rule.arguments, "1"))[1]  # type: ignore[index]  # built from its own names
        status = browser.client.open(path, method=method, headers=headers, base_url=HTTPS).status_code
        if role in MAY[guard]:
            assert status not in (401, 403), (method, rule)
        else:
            assert status == refusal.get(guard, 401), (method, rule)
