"""Every route requires authentication, all errors have one shape, and OpenAPI describes both."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from proctor_results.api.setup import UNGUARDED_ENDPOINTS
from tests.conftest import LMS_KEY, METRICS_KEY, VENDOR_KEY
from tests.support.reports import SAMPLE

GUARD_NAMES = {
    "vendor",
    "lms",
    "metrics",
    "browser",
    "browser_or_lms",
    "viewer",
    "reviewer",
    "public",
}
PUBLIC_PATHS = {
    "/healthz",
    "/readyz",
    "/reconnect.js",
    "/openapi.json",
    "/docs/",
    "/docs/<path:path>",
}
PUBLIC_PATHS |= {
    "/",
    "/dashboard/sign-in",
    "/dashboard/assets/<path:filename>",
    "/bootstrap/<path:filename>",
}


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Any) -> str:
    """Use SQLite only: the routes do not depend on the database."""
    return f"sqlite:///{tmp_path / 'routes.db'}"


def routes_and_guards(app: Flask) -> Iterator[tuple[Rule, str | None]]:
    for rule in app.url_map.iter_rules():
        yield rule, getattr(app.view_functions[rule.endpoint], "guard", None)


def build_path(rule: Rule) -> str:
    return rule.build(dict.fromkeys(rule.arguments, "1"))[1]  # type: ignore[index]  # built from its own names


def test_every_route_has_a_guard_or_is_listed_as_unguarded(app: Flask) -> None:
    unguarded = {
        rule.endpoint for rule, guard in routes_and_guards(app) if guard not in GUARD_NAMES
    }
    assert unguarded == UNGUARDED_ENDPOINTS


def test_what_is_open_to_anyone_is_listed_here(app: Flask) -> None:
    assert {
        rule.rule for rule, guard in routes_and_guards(app) if guard in (None, "public")
    } == PUBLIC_PATHS


def test_every_guarded_route_rejects_requests_without_a_key(
    app: Flask, client: FlaskClient
) -> None:
    guarded = [rule for rule, guard in routes_and_guards(app) if guard not in (None, "public")]
    for rule in guarded:
        for method in (rule.methods or set()) - {"OPTIONS"}:
            assert client.open(build_path(rule), method=method).status_code == 401, (method, rule)
    assert len(guarded) >= 3


def test_no_key_opens_routes_of_another_guard(app: Flask, client: FlaskClient) -> None:
    wrong_keys = {"vendor": LMS_KEY, "lms": METRICS_KEY, "metrics": LMS_KEY}
    for rule, guard in routes_and_guards(app):
        if guard in wrong_keys:
            method = next(iter((rule.methods or set()) - {"OPTIONS", "HEAD"}))
            assert (
                client.open(
                    build_path(rule), method=method, headers={"X-Api-Key": wrong_keys[guard]}
                ).status_code
                == 401
            )


ERRORS: dict[str, tuple[int, dict[str, Any]]] = {
    "no such page": (404, {"path": "/nowhere"}),
    "wrong method": (405, {"path": "/sessions", "method": "DELETE"}),
    "no key": (401, {"path": "/sessions"}),
    "no vendor key": (401, {"path": "/webhooks/supervisor", "method": "POST"}),
    "no such vendor": (
        404,
        {"path": "/webhooks/other", "method": "POST", "headers": {"X-Api-Key": VENDOR_KEY}},
    ),
    "wrong page": (422, {"path": "/sessions?limit=x", "headers": {"X-Api-Key": LMS_KEY}}),
    "no tables": (503, {"path": "/sessions/anything", "headers": {"X-Api-Key": LMS_KEY}}),
    "not stored": (
        503,
        {
            "path": "/webhooks/supervisor",
            "method": "POST",
            "data": SAMPLE,
            "headers": {"X-Api-Key": VENDOR_KEY},
        },
    ),
}


@pytest.mark.parametrize(("status", "request_arguments"), ERRORS.values(), ids=ERRORS.keys())
def test_every_error_has_one_shape(
    client: FlaskClient, status: int, request_arguments: dict[str, Any]
) -> None:
    response = client.open(**request_arguments)

    assert response.status_code == status
    assert response.content_type == "application/problem+json"
    assert response.json is not None
    assert response.json.keys() - {"errors"} == {"type", "title", "status", "detail"}
    assert response.json["status"] == status
    assert response.json["detail"]


def test_an_unexpected_exception_has_the_same_shape(app: Flask) -> None:
    @app.get("/surprise")
    def raise_error() -> str:
        raise RuntimeError("secret details")

    response = app.test_client().get("/surprise")

    assert (response.status_code, response.content_type) == (500, "application/problem+json")
    assert b"secret details" not in response.data


def test_openapi_describes_every_route_with_its_guard(app: Flask, client: FlaskClient) -> None:
    openapi = client.get("/openapi.json").json
    assert openapi is not None
    documented_rules = {
        rule.rule
        for rule, guard in routes_and_guards(app)
        if guard and not rule.endpoint.startswith("dashboard.")
    }
    assert {path.replace("{", "<").replace("}", ">") for path in openapi["paths"]} == {
        rule.replace("<identifier:", "<") for rule in documented_rules
    }
    security_schemes = {"vendor": "supervisorWebhook", "lms": "lmsKey", "metrics": "metricsKey"}
    for rule, guard in routes_and_guards(app):
        if guard in security_schemes:
            path = openapi["paths"][
                rule.rule.replace("<identifier:", "<").replace("<", "{").replace(">", "}")
            ]
            for operation in ("get", "post"):
                assert (
                    operation not in path
                    or {security_schemes[guard]: []} in path[operation]["security"]
                )


def test_the_docs_load_nothing_from_another_host(client: FlaskClient) -> None:
    page = client.get("/docs/")

    assert page.status_code == 200
    assert b"://" not in page.data.replace(b"http://localhost", b"")
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]
    assert b'"validatorUrl": null' in page.data


@pytest.mark.parametrize("path", ["/healthz", "/nowhere", "/openapi.json"])
def test_responses_forbid_sniffing_and_framing(client: FlaskClient, path: str) -> None:
    headers = client.get(path).headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "default-src 'none'"


NOT_JSON_OBJECTS = {
    "nothing": b"",
    "no JSON": b"{",
    "a list": b"[]",
    "not UTF-8": b"\xff",
    "nested beyond reading": b"[" * 30_000,
}
WRITE_ROUTES = [
    ("POST", "/sessions"),
    ("POST", "/sessions/a/holds"),
    ("DELETE", "/sessions/a/holds/manual"),
]


@pytest.mark.parametrize("body", NOT_JSON_OBJECTS.values(), ids=NOT_JSON_OBJECTS.keys())
@pytest.mark.parametrize(("method", "path"), WRITE_ROUTES)
def test_a_body_that_is_no_object_is_refused(
    client: FlaskClient, method: str, path: str, body: bytes
) -> None:
    headers = {"X-Api-Key": LMS_KEY, "Content-Type": "application/json"}

    assert client.open(path, method=method, data=body, headers=headers).status_code == 400


@pytest.mark.parametrize(("method", "path"), WRITE_ROUTES)
def test_a_body_beyond_64_kib_is_refused(client: FlaskClient, method: str, path: str) -> None:
    response = client.open(
        path, method=method, json={"actor": "x" * 70_000}, headers={"X-Api-Key": LMS_KEY}
    )

    assert response.status_code == 413
