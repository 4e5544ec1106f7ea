"""Registers the API's routes on a Flask app, with errors, CORS and headers."""

import re
from collections.abc import Callable
from json import JSONEncoder
from typing import Any

from flask import Flask, Request, Response, g, request
from flask.json.provider import DefaultJSONProvider
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_cors import CORS
from flask_swagger_ui import get_swaggerui_blueprint

from proctor_results import __version__
from proctor_results.api.context import ApiContext, register_context
from proctor_results.api.fields import IdentifierConverter
from proctor_results.api.problems import (
    ProblemApi,
    database_unavailable,
    nested_too_deeply,
    session_erased,
)
from proctor_results.database.connection import DatabaseUnavailable
from proctor_results.explanations.views import decisions
from proctor_results.heartbeats.views import heartbeats
from proctor_results.launches.reconnect_script import script
from proctor_results.launches.views import launches
from proctor_results.logs import request_id
from proctor_results.metrics.views import health
from proctor_results.operations.views import operations
from proctor_results.policies.live_metrics_views import metrics
from proctor_results.sessions.views import sessions
from proctor_results.vendors.views import vendors
from proctor_results.webhooks.record_report import SessionErased
from proctor_results.webhooks.views import webhooks

OPENAPI = {
    "API_TITLE": "Proctor Results",
    "API_VERSION": __version__,
    "OPENAPI_VERSION": "3.0.3",
    "OPENAPI_URL_PREFIX": "/",
}
UNGUARDED_ENDPOINTS = frozenset(
    {"api-docs.openapi_json", "swagger_ui.show", "bootstrap.static", "dashboard.static"}
)
"""Routes without a guard: the description of the API, and the files of Bootstrap and dashboard."""

_BLUEPRINTS = (
    *(webhooks, vendors, launches, sessions, decisions, operations, heartbeats, metrics),
    *(script, health),
)

_CORS_PATHS = r"/sessions/[^/]+/(heartbeats|metrics)"
"""Paths that pages of BROWSER_ORIGINS may call."""

DOCS_CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:"
)


class CompactJsonProvider(DefaultJSONProvider):
    """Renders compact JSON in the order of its members, by one encoder for all requests."""

    _ENCODER = JSONEncoder(separators=(",", ":"))

    def dumps(self, obj: Any, **_: Any) -> str:
        return self._ENCODER.encode(obj)


class DashboardCookies(SecureCookieSessionInterface):
    """Reads and sets cookies on the dashboard's pages only.

    The requests of vendors, the LMS and learners' browsers carry no cookie of ours.
    """

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        is_dashboard = request.path.startswith("/dashboard")
        return super().open_session(app, request) if is_dashboard else None


class SyncFlask(Flask):
    """Calls views directly: none is a coroutine, and Flask's check costs time in each request."""

    json_provider_class = CompactJsonProvider
    session_interface = DashboardCookies()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func


def register_api(app: Flask, context: ApiContext) -> None:
    """Register routes, OpenAPI description, error handlers and the headers of every answer."""
    register_context(context, app.extensions)
    app.config.update(OPENAPI)
    app.url_map.merge_slashes = False  # `//` would redirect to the host that `Host` names
    api = ProblemApi(app)
    api.register_converter(IdentifierConverter, IdentifierConverter.openapi_schema)
    app.url_map.converters["identifier"] = IdentifierConverter
    for blueprint in _BLUEPRINTS:
        api.register_blueprint(blueprint)
    origins = [_literal_origin(origin) for origin in context.browser_origins]
    CORS(app, resources={_CORS_PATHS: {"origins": origins, "methods": ["POST"]}})
    _document_security_schemes(api, context)
    app.register_blueprint(
        get_swaggerui_blueprint("/docs", "/openapi.json", config={"validatorUrl": None})
    )
    app.register_error_handler(DatabaseUnavailable, database_unavailable)
    app.register_error_handler(SessionErased, session_erased)
    app.register_error_handler(RecursionError, nested_too_deeply)
    app.before_request(_start_request)
    app.after_request(_security_headers)


def _literal_origin(origin: str) -> re.Pattern[str]:
    """Escape the origin: flask-cors reads an IPv6 address, with its brackets, as a regex."""
    return re.compile(rf"{re.escape(origin)}\Z")


def _document_security_schemes(api: ProblemApi, context: ApiContext) -> None:
    api_key = {"type": "apiKey", "in": "header", "name": "X-Api-Key"}
    bearer = {"type": "http", "scheme": "bearer"}
    webhook_schemes = {
        f"{name}Webhook": dict(vendor.webhook.security_scheme)
        for name, vendor in context.vendors.items()
        if vendor.webhook
    }
    for name, scheme in {
        **webhook_schemes,
        "lmsKey": api_key,
        "lmsBearer": bearer,
        "metricsKey": api_key,
        "metricsBearer": bearer,
        "launchToken": {**bearer, "bearerFormat": "JWT"},
    }.items():
        api.spec.components.security_scheme(name, scheme)


def _start_request() -> None:
    g.request_id = request_id.start_request(request.headers.get(request_id.HEADER))


def _security_headers(response: Response) -> Response:
    """Use `add` for headers that are not set yet: `set` would look through all of them."""
    headers = response.headers
    if "Content-Security-Policy" not in headers:
        is_html = response.mimetype == "text/html"
        policy = DOCS_CONTENT_SECURITY_POLICY if is_html else "default-src 'none'"
        headers.add("Content-Security-Policy", policy)
    if "Cache-Control" not in headers:
        headers.add("Cache-Control", "no-store")  # answers to one key's owner are never shared
    headers.add(request_id.HEADER, request_id.current() or "")
    headers.add("X-Content-Type-Options", "nosniff")
    headers.add("X-Frame-Options", "DENY")
    headers.add("Referrer-Policy", "no-referrer")
    return response
