"""Every door has a guard, every error has one shape, and OpenAPI tells the truth about both."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from proctor_results.web.building import UNGUARDED
from tests.conftest import LMS_KEY, METRICS_KEY, VENDOR_KEY
from tests.reports import SAMPLE

GUARDS = {"vendor", "lms", "metrics", "browser", "browser or lms", "viewer", "reviewer", "anyone"}
OPEN = {"/healthz", "/readyz", "/reconnect.js", "/openapi.json", "/docs/", "/docs/<path:path>"}
OPEN |= {"/", "/dashboard/sign-in", "/dashboard/assets/<name>", "/bootstrap/<path:filename>"}


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Any) -> str:
    """One database is enough to knock at doors; the address is never the point here."""
    return f"sqlite:///{tmp_path / 'doors.db'}"


def rules(app: Flask) -> Iterator[tuple[Rule, str | None]]:
    for rule in app.url_map.iter_rules():
        yield rule, getattr(app.view_functions[rule.endpoint], "guard", None)


def path_of(rule: Rule) -> str:
    return rule.build(dict.fromkeys(rule.arguments, "1"))[1]  # type: ignore[index]  # built from its own names


def test_every_route_has_a_guard_or_is_known_to_need_none(app: Flask) -> None:
    unguarded = {rule.endpoint for rule, guard in rules(app) if guard not in GUARDS}
    assert unguarded == UNGUARDED


def test_what_is_open_to_anyone_is_listed_here(app: Flask) -> None:
    assert {rule.rule for rule, guard in rules(app) if guard in (None, "anyone")} == OPEN


def test_every_guarded_route_turns_strangers_away(app: Flask, client: FlaskClient) -> None:
    guarded = [rule for rule, guard in rules(app) if guard not in (None, "anyone")]
    for rule in guarded:
        for method in (rule.methods or set()) - {"OPTIONS"}:
            assert client.open(path_of(rule), method=method).status_code == 401, (method, rule)
    assert len(guarded) >= 3


def test_no_key_opens_the_doors_of_the_other(app: Flask, client: FlaskClient) -> None:
    wrong = {"vendor": LMS_KEY, "lms": METRICS_KEY, "metrics": LMS_KEY}
    for rule, guard in rules(app):
        if guard in wrong:
            method = next(iter((rule.methods or set()) - {"OPTIONS", "HEAD"}))
            assert client.open(path_of(rule), method=method, headers={"X-Api-Key": wrong[guard]}).status_code == 401


ERRORS: dict[str, tuple[int, dict[str, Any]]] = {
    "no such page": (404, {"path": "/nowhere"}),
    "wrong method": (405, {"path": "/sessions", "method": "DELETE"}),
    "no key": (401, {"path": "/sessions"}),
    "no vendor key": (401, {"path": "/webhooks/supervisor", "method": "POST"}),
    "no such vendor": (404, {"path": "/webhooks/other", "method": "POST", "headers": {"X-Api-Key": VENDOR_KEY}}),
    "wrong page": (422, {"path": "/sessions?limit=x", "headers": {"X-Api-Key": LMS_KEY}}),
    "no tables": (503, {"path": "/sessions/anything", "headers": {"X-Api-Key": LMS_KEY}}),
    "not stored": (
        503,
        {"path": "/webhooks/supervisor", "method": "POST", "data": SAMPLE, "headers": {"X-Api-Key": VENDOR_KEY}},
    ),
}


@pytest.mark.parametrize(("status", "request_"), ERRORS.values(), ids=ERRORS.keys())
def test_every_error_has_one_shape(client: FlaskClient, status: int, request_: dict[str, Any]) -> None:
    answer = client.open(**request_)

    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    assert answer.json is not None
    assert answer.json.keys() - {"errors"} == {"type", "title", "status", "detail"}
    assert answer.json["status"] == status
    assert answer.json["detail"]


def test_even_a_surprise_has_that_shape(app: Flask) -> None:
    @app.get("/surprise")
    def surprise() -> str:
        raise RuntimeError("secret details")

    answer = app.test_client().get("/surprise")

    assert (answer.status_code, answer.content_type) == (500, "application/problem+json")
    assert b"secret details" not in answer.data


def test_openapi_describes_every_route_with_its_guard(app: Flask, client: FlaskClient) -> None:
    described = client.get("/openapi.json").json
    assert described is not None
    ours = {rule.rule for rule, guard in rules(app) if guard and not rule.endpoint.startswith("dashboard.")}
    assert {path.replace("{", "<").replace("}", ">") for path in described["paths"]} == {
        rule.replace("<identifier:", "<") for rule in ours
    }
    keys = {"vendor": "webhookKey", "lms": "lmsKey", "metrics": "metricsKey"}
    for rule, guard in rules(app):
        if guard in keys:
            path = described["paths"][rule.rule.replace("<identifier:", "<").replace("<", "{").replace(">", "}")]
            for operation in ("get", "post"):
                assert operation not in path or {keys[guard]: []} in path[operation]["security"]


def test_the_docs_load_nothing_from_another_host(client: FlaskClient) -> None:
    page = client.get("/docs/")

    assert page.status_code == 200
    assert b"://" not in page.data.replace(b"http://localhost", b"")
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]
    assert b'"validatorUrl": null' in page.data


@pytest.mark.parametrize("path", ["/healthz", "/nowhere", "/openapi.json"])
def test_answers_forbid_browsers_to_guess_or_to_frame(client: FlaskClient, path: str) -> None:
    headers = client.get(path).headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "default-src 'none'"


NO_OBJECTS = {
    "nothing": b"",
    "no JSON": b"{",
    "a list": b"[]",
    "not UTF-8": b"\xff",
    "nested beyond reading": b"[" * 30_000,
}
WRITTEN = [("POST", "/sessions"), ("POST", "/sessions/a/holds"), ("DELETE", "/sessions/a/holds/manual")]


@pytest.mark.parametrize("body", NO_OBJECTS.values(), ids=NO_OBJECTS.keys())
@pytest.mark.parametrize(("method", "path"), WRITTEN)
def test_a_body_that_is_no_object_is_refused(client: FlaskClient, method: str, path: str, body: bytes) -> None:
    headers = {"X-Api-Key": LMS_KEY, "Content-Type": "application/json"}

    assert client.open(path, method=method, data=body, headers=headers).status_code == 400


@pytest.mark.parametrize(("method", "path"), WRITTEN)
def test_a_body_beyond_64_kib_is_refused(client: FlaskClient, method: str, path: str) -> None:
    answer = client.open(path, method=method, json={"actor": "x" * 70_000}, headers={"X-Api-Key": LMS_KEY})

    assert answer.status_code == 413
