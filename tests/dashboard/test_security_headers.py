"""The headers that keep pages of other sites from reading, framing or driving the dashboard."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from proctor_results.dashboard.queries.session_details import get_session_details
from tests.conftest import LMS_KEY, METRICS_KEY, VENDOR_KEY, dependencies_of
from tests.support.operator_browser import HTTPS, OperatorBrowser
from tests.support.reports import IDENTIFIER, body, record

HOSTILE_TEXT = '<script>alert("x")</script>'
SESSION = f"/dashboard/sessions/{IDENTIFIER}"
SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


@pytest.fixture
def database_url(sqlite_with_tables: Path, tmp_path: Path) -> str:
    (tmp_path / "shield.db").write_bytes(sqlite_with_tables.read_bytes())
    return f"sqlite:///{tmp_path / 'shield.db'}"


@pytest.fixture(autouse=True)
def _recorded_session(app: Flask) -> None:
    record(dependencies_of(app), body(averages={"c4": 45}))


def viewer_pages(app: Flask) -> Iterator[str]:
    """Return the paths of all pages that need a sign-in."""
    path_arguments = {"identifier": IDENTIFIER, "receipt_id": 1, "unknown_path": "nowhere"}
    for rule in app.url_map.iter_rules():
        guard = getattr(app.view_functions[rule.endpoint], "guard", "")
        if guard == "viewer" and "GET" in (rule.methods or ()):
            built_path = rule.build({name: path_arguments[name] for name in rule.arguments})
            assert built_path
            yield built_path[1]


def responses(
    app: Flask, anonymous_browser: OperatorBrowser, reviewer_browser: OperatorBrowser
) -> Iterator[tuple[str, TestResponse]]:
    for page in viewer_pages(app):
        yield f"anna at {page}", reviewer_browser.get(page)
        yield f"anonymous at {page}", anonymous_browser.get(page)
    yield "the sign-in", anonymous_browser.get("/dashboard/sign-in")
    yield "an act", reviewer_browser.post_form(f"{SESSION}/notes", reason="why not")
    yield "a forged act", anonymous_browser.post_form(f"{SESSION}/notes", reason="why not")
    yield "the sign-out", reviewer_browser.post_form("/dashboard/sign-out")


def test_every_response_has_all_security_headers(
    app: Flask, anonymous_browser: OperatorBrowser, reviewer_browser: OperatorBrowser
) -> None:
    named_responses = list(responses(app, anonymous_browser, reviewer_browser))

    assert {
        name: dict(response.headers)
        for name, response in named_responses
        if not SECURITY_HEADERS.items() <= dict(response.headers).items()
    } == {}
    assert all(
        "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]
        for _, response in named_responses
    )
    assert {response.status_code for _, response in named_responses} == {200, 303, 401, 404}
    assert len(named_responses) > 14


def test_showing_a_page_changes_nothing(app: Flask, reviewer_browser: OperatorBrowser) -> None:
    before = get_session_details(dependencies_of(app), IDENTIFIER)

    assert {reviewer_browser.get(page).status_code for page in viewer_pages(app)} == {200, 404}

    assert get_session_details(dependencies_of(app), IDENTIFIER) == before


@pytest.mark.parametrize("key", [VENDOR_KEY, LMS_KEY, METRICS_KEY])
def test_no_key_opens_a_page(app: Flask, anonymous_browser: OperatorBrowser, key: str) -> None:
    headers = {"X-Api-Key": key, "Authorization": f"Bearer {key}"}

    assert {
        anonymous_browser.get(page, headers=headers).status_code for page in viewer_pages(app)
    } == {401}


@pytest.mark.parametrize("path", ["/sessions", f"/sessions/{IDENTIFIER}", "/metrics"])
def test_a_sign_in_opens_no_call_of_the_api(reviewer_browser: OperatorBrowser, path: str) -> None:
    assert reviewer_browser.get(path).status_code == 401


def test_plain_http_gets_no_hsts_header(reviewer_browser: OperatorBrowser) -> None:
    response = reviewer_browser.client.get(
        "/dashboard/sign-in", base_url=HTTPS.replace("https", "http")
    )

    assert "Strict-Transport-Security" not in response.headers


def test_form_input_is_escaped(reviewer_browser: OperatorBrowser) -> None:
    reviewer_browser.post_form(
        f"{SESSION}/holds/{HOSTILE_TEXT.replace('/', '')}/release", reason=HOSTILE_TEXT
    )
    reviewer_browser.post_form(f"{SESSION}/notes", reason=HOSTILE_TEXT)
    typed = {"prefix": HOSTILE_TEXT, "exam": HOSTILE_TEXT, "student": HOSTILE_TEXT}

    for page in (
        reviewer_browser.get(SESSION),
        reviewer_browser.get("/dashboard/sessions", query_string=typed),
        reviewer_browser.get(f"/dashboard/{HOSTILE_TEXT}"),
    ):
        assert "<script>alert" not in page.text
    assert "&lt;script&gt;alert(" in reviewer_browser.get(SESSION).text
    assert (
        "&lt;script&gt;alert("
        in reviewer_browser.get("/dashboard/sessions", query_string=typed).text
    )


@pytest.mark.parametrize(
    "path", ["/sessions/unknown", "/sessions", "/healthz", "/metrics", "/nowhere", "/openapi.json"]
)
def test_no_answer_of_the_api_is_cached(reviewer_browser: OperatorBrowser, path: str) -> None:
    assert reviewer_browser.get(path).headers["Cache-Control"] == "no-store"


def test_static_assets_may_be_cached(reviewer_browser: OperatorBrowser) -> None:
    asset_paths = re.findall(
        r'(?:href|src)="(/[^"]+\.(?:css|js)[^"]*)"', reviewer_browser.get("/dashboard").text
    )

    cache_control = {
        path: reviewer_browser.get(path).headers["Cache-Control"]
        for path in (*asset_paths, "/reconnect.js")
    }
    assert {path for path, control in cache_control.items() if "no-store" in control} == set()
    assert len(cache_control) > 4
