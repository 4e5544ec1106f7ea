"""What every page of the dashboard tells the browser, so that nobody else's page reads, frames or drives it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from proctor_results.flows.look_into import look_into
from tests.conftest import LMS_KEY, METRICS_KEY, VENDOR_KEY, house_of
from tests.operators import HTTPS, Browser
from tests.reports import IDENTIFIER, body, record

HOSTILE = '<script>alert("x")</script>'
SESSION = f"/dashboard/sessions/{IDENTIFIER}"
SHIELD = {
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
def session(app: Flask) -> None:
    record(house_of(app), body(averages={"c4": 45}))


def pages(app: Flask) -> Iterator[str]:
    """Every address that a browser can ask for and that shows something of somebody."""
    about = {"identifier": IDENTIFIER, "receipt": 1, "anything": "nowhere"}
    for rule in app.url_map.iter_rules():
        guard = getattr(app.view_functions[rule.endpoint], "guard", "")
        if guard == "viewer" and "GET" in (rule.methods or ()):
            built = rule.build({name: about[name] for name in rule.arguments})
            assert built
            yield built[1]


def answers(app: Flask, stranger: Browser, anna: Browser) -> Iterator[tuple[str, TestResponse]]:
    for page in pages(app):
        yield f"anna at {page}", anna.get(page)
        yield f"a stranger at {page}", stranger.get(page)
    yield "the sign-in", stranger.get("/dashboard/sign-in")
    yield "an act", anna.send(f"{SESSION}/notes", reason="why not")
    yield "a forged act", stranger.send(f"{SESSION}/notes", reason="why not")
    yield "the sign-out", anna.send("/dashboard/sign-out")


def test_every_answer_has_the_whole_shield(app: Flask, stranger: Browser, anna: Browser) -> None:
    seen = list(answers(app, stranger, anna))

    assert {
        what: dict(answer.headers) for what, answer in seen if not SHIELD.items() <= dict(answer.headers).items()
    } == {}
    assert all("frame-ancestors 'none'" in answer.headers["Content-Security-Policy"] for _, answer in seen)
    assert {answer.status_code for _, answer in seen} == {200, 303, 401, 404}
    assert len(seen) > 14


def test_what_a_page_shows_it_does_not_change(app: Flask, anna: Browser) -> None:
    before = look_into(house_of(app), IDENTIFIER)

    assert {anna.get(page).status_code for page in pages(app)} == {200, 404}

    assert look_into(house_of(app), IDENTIFIER) == before


@pytest.mark.parametrize("key", [VENDOR_KEY, LMS_KEY, METRICS_KEY])
def test_no_key_opens_a_page(app: Flask, stranger: Browser, key: str) -> None:
    headers = {"X-Api-Key": key, "Authorization": f"Bearer {key}"}

    assert {stranger.get(page, headers=headers).status_code for page in pages(app)} == {401}


@pytest.mark.parametrize("path", ["/sessions", f"/sessions/{IDENTIFIER}", "/metrics"])
def test_a_sign_in_opens_no_call_of_the_api(anna: Browser, path: str) -> None:
    assert anna.get(path).status_code == 401


def test_over_plain_http_nobody_is_told_to_come_by_https(anna: Browser) -> None:
    answer = anna.client.get("/dashboard/sign-in", base_url=HTTPS.replace("https", "http"))

    assert "Strict-Transport-Security" not in answer.headers


def test_what_is_typed_comes_back_as_text(anna: Browser) -> None:
    anna.send(f"{SESSION}/holds/{HOSTILE.replace('/', '')}/release", reason=HOSTILE)
    anna.send(f"{SESSION}/notes", reason=HOSTILE)
    typed = {"begins": HOSTILE, "exam": HOSTILE, "student": HOSTILE}

    for page in (
        anna.get(SESSION),
        anna.get("/dashboard/sessions", query_string=typed),
        anna.get(f"/dashboard/{HOSTILE}"),
    ):
        assert "<script>alert" not in page.text
    assert "&lt;script&gt;alert(" in anna.get(SESSION).text
    assert "&lt;script&gt;alert(" in anna.get("/dashboard/sessions", query_string=typed).text


@pytest.mark.parametrize("path", ["/sessions/nobody", "/sessions", "/healthz", "/metrics", "/nowhere", "/openapi.json"])
def test_no_answer_of_the_api_is_kept_in_a_cache(anna: Browser, path: str) -> None:
    assert anna.get(path).headers["Cache-Control"] == "no-store"


def test_what_everybody_may_have_is_kept(anna: Browser) -> None:
    loaded = re.findall(r'(?:href|src)="(/[^"]+\.(?:css|js)[^"]*)"', anna.get("/dashboard").text)

    kept = {path: anna.get(path).headers["Cache-Control"] for path in (*loaded, "/reconnect.js")}
    assert {path for path, control in kept.items() if "no-store" in control} == set()
    assert len(kept) > 4
