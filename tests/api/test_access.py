"""Each role calls each route; only the roles that a route is for get in."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.routing import Rule

from proctor_results import clock
from proctor_results.launches.launch_tokens import Launch, LaunchTokens
from tests.conftest import LMS_KEY, METRICS_KEY, SECRET, VENDOR_KEY, dependencies_of
from tests.support.operator_browser import HTTPS, OperatorBrowser, add_operators, signed_in_browser

ALLOWED_ROLES: Mapping[str, set[str]] = {
    "vendor": {"vendor"},
    "lms": {"lms"},
    "metrics": {"metrics"},
    "browser": {"launch"},
    "browser_or_lms": {"launch", "lms"},
    "viewer": {"viewer", "reviewer"},
    "reviewer": {"reviewer"},
}
"""The roles that each guard accepts."""

ROLES = ("anonymous", "vendor", "lms", "metrics", "launch", "viewer", "reviewer")


@pytest.fixture
def database_url(sqlite_with_tables: Path, tmp_path: Path) -> str:
    """Use SQLite only: guards do not depend on the database."""
    (tmp_path / "access.db").write_bytes(sqlite_with_tables.read_bytes())
    return f"sqlite:///{tmp_path / 'access.db'}"


def guarded_routes(app: Flask) -> Iterator[tuple[Rule, str, str]]:
    """Return every guarded route with its guard and each of its methods."""
    for rule in app.url_map.iter_rules():
        guard = getattr(app.view_functions[rule.endpoint], "guard", "public")
        for method in sorted((rule.methods or set()) - {"OPTIONS"}):
            if guard != "public":
                yield rule, guard, method


def browser_and_headers_for(app: Flask, role: str) -> tuple[OperatorBrowser, Mapping[str, str]]:
    """Return the client and the headers of that role."""
    launch_token = LaunchTokens(secret=SECRET).issue(Launch(identifier="1", number=1), clock.now())
    headers = {
        "vendor": {"X-Api-Key": VENDOR_KEY},
        "lms": {"X-Api-Key": LMS_KEY},
        "metrics": {"X-Api-Key": METRICS_KEY},
        "launch": {"Authorization": f"Bearer {launch_token}"},
    }
    names = {"viewer": "otto", "reviewer": "anna"}
    browser = (
        signed_in_browser(app, names[role]) if role in names else OperatorBrowser(app.test_client())
    )
    return browser, headers.get(role, {})


def test_every_guard_is_listed_in_allowed_roles(app: Flask) -> None:
    assert {guard for _, guard, _ in guarded_routes(app)} == ALLOWED_ROLES.keys()


@pytest.mark.parametrize("role", ROLES)
def test_a_role_reaches_only_its_own_routes(app: Flask, role: str) -> None:
    add_operators(dependencies_of(app))
    browser, headers = browser_and_headers_for(app, role)
    other_role_status = {"viewer": {"reviewer": 403}}.get(role, {})

    for rule, guard, method in guarded_routes(app):
        path = rule.build(dict.fromkeys(rule.arguments, "1"))[1]  # type: ignore[index]  # built from its own names
        status = browser.client.open(
            path, method=method, headers=headers, base_url=HTTPS
        ).status_code
        if role in ALLOWED_ROLES[guard]:
            assert status not in (401, 403), (method, rule)
        else:
            assert status == other_role_status.get(guard, 401), (method, rule)
