"""Puts the routes on a Flask app."""

import re
from collections.abc import Callable
from json import JSONEncoder
from typing import Any

from flask import Flask, Response, request
from flask.json.provider import DefaultJSONProvider
from flask_cors import CORS
from flask_swagger_ui import get_swaggerui_blueprint

from proctor_results import __version__
from proctor_results.api import converters
from proctor_results.api.context import ApiContext, register_context
from proctor_results.api.converters import IdentifierConverter
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
from proctor_results.metrics.health_views import health
from proctor_results.metrics.prometheus_views import prometheus
from proctor_results.operations.hold_views import holds
from proctor_results.operations.note_views import notes
from proctor_results.operations.outcome_views import outcomes
from proctor_results.policies.live_metrics_views import metrics
from proctor_results.sessions.views import sessions
from proctor_results.webhooks.record_report import SessionErased
from proctor_results.webhooks.views import webhooks

OPENAPI = {
    "API_TITLE": "Proctor Results",
    "API_VERSION": __version__,
    "OPENAPI_VERSION": "3.0.3",
    "OPENAPI_URL_PREFIX": "/",
}
UNGUARDED_ENDPOINTS = frozenset({"api-docs.openapi_json", "swagger_ui.show", "bootstrap.static"})
"""Routes that libraries bring, without a guard of ours: the description of the API, and Bootstrap's own files."""

_BLUEPRINTS = (
    *(webhooks, launches, sessions, decisions, holds, outcomes, notes, heartbeats, metrics),
    *(script, health, prometheus),
)

_CORS_PATHS = r"/sessions/[^/]+/(heartbeats|metrics)"
"""What pages of other origins may call: those of BROWSER_ORIGINS."""

DOCS_CONTENT_SECURITY_POLICY = "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:"


class CompactJsonProvider(DefaultJSONProvider):
    """JSON as it comes, in the order in which it was put together, from an encoder that is made once."""

    _ENCODER = JSONEncoder(separators=(",", ":"))

    def dumps(self, obj: Any, **_: Any) -> str:
        return self._ENCODER.encode(obj)


class SyncFlask(Flask):
    """Every view is a plain function; to ask each, and each decorator around it, costs more than some of them do."""

    json_provider_class = CompactJsonProvider

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func


def register_api(app: Flask, context: ApiContext) -> None:
    """All routes, their description, the one shape of errors, and the headers of every answer."""
    register_context(context, app.extensions)
    app.config.update(OPENAPI)
    app.url_map.merge_slashes = (
        False  # or `//` would be answered with a redirect to wherever `Host` says
    )
    api = ProblemApi(app)
    api.register_converter(IdentifierConverter, converters.openapi_schema)
    app.url_map.converters["identifier"] = IdentifierConverter
    for blueprint in _BLUEPRINTS:
        api.register_blueprint(blueprint)
    CORS(
        app,
        resources={
            _CORS_PATHS: {
                "origins": [_literal_origin(origin) for origin in context.browser_origins],
                "methods": ["POST"],
            }
        },
    )
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
    """As it is: what has a bracket in it, as every IPv6 address has, flask-cors would take for a pattern."""
    return re.compile(rf"{re.escape(origin)}\Z")


def _document_security_schemes(api: ProblemApi, context: ApiContext) -> None:
    components = api.spec.components
    components.security_scheme(
        "webhookKey", {"type": "apiKey", "in": "header", "name": context.webhook_key_header}
    )
    components.security_scheme("lmsKey", {"type": "apiKey", "in": "header", "name": "X-Api-Key"})
    components.security_scheme("lmsBearer", {"type": "http", "scheme": "bearer"})
    components.security_scheme(
        "metricsKey", {"type": "apiKey", "in": "header", "name": "X-Api-Key"}
    )
    components.security_scheme("metricsBearer", {"type": "http", "scheme": "bearer"})
    components.security_scheme(
        "launchToken", {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    )


def _start_request() -> None:
    request_id.start_request(request.headers.get(request_id.HEADER))


def _security_headers(response: Response) -> Response:
    headers = response.headers
    if "Content-Security-Policy" not in headers:
        content_security_policy = (
            DOCS_CONTENT_SECURITY_POLICY
            if response.mimetype == "text/html"
            else "default-src 'none'"
        )
        headers.add(
            "Content-Security-Policy", content_security_policy
        )  # to set one looks through all that are there
    if "Cache-Control" not in headers:
        headers.add(
            "Cache-Control", "no-store"
        )  # what is for one who has a key is in nobody's cache
    headers.add(request_id.HEADER, request_id.current() or "")
    headers.add("X-Content-Type-Options", "nosniff")
    headers.add("X-Frame-Options", "DENY")
    headers.add("Referrer-Policy", "no-referrer")
    return response
