"""Puts the routes on a Flask app."""

import re
from collections.abc import Callable
from json import JSONEncoder
from typing import Any

from flask import Flask, Response, request
from flask.json.provider import DefaultJSONProvider
from flask_cors import CORS
from flask_swagger_ui import get_swaggerui_blueprint

from proctor_results import __version__, request_id
from proctor_results.flows import LedgerAway
from proctor_results.flows.record_report import SessionErased
from proctor_results.web import converters
from proctor_results.web.converters import IdentifierConverter
from proctor_results.web.decisions import decisions
from proctor_results.web.front_door import FrontDoor, hang
from proctor_results.web.health import health
from proctor_results.web.heartbeats import heartbeats
from proctor_results.web.holds import holds
from proctor_results.web.launches import launches
from proctor_results.web.metrics import metrics
from proctor_results.web.notes import notes
from proctor_results.web.outcomes import outcomes
from proctor_results.web.problems import ProblemApi, ledger_away, nested_too_deeply, session_erased
from proctor_results.web.prometheus import prometheus
from proctor_results.web.script import script
from proctor_results.web.sessions import sessions
from proctor_results.web.webhooks import webhooks

OPENAPI = {
    "API_TITLE": "Proctor Results",
    "API_VERSION": __version__,
    "OPENAPI_VERSION": "3.0.3",
    "OPENAPI_URL_PREFIX": "/",
}
UNGUARDED = frozenset({"api-docs.openapi_json", "swagger_ui.show", "bootstrap.static"})
"""Routes that libraries bring, without a guard of ours: the description of the API, and Bootstrap's own files."""

_BLUEPRINTS = (
    *(webhooks, launches, sessions, decisions, holds, outcomes, notes, heartbeats, metrics),
    *(script, health, prometheus),
)

_FOR_PAGES = r"/sessions/[^/]+/(heartbeats|metrics)"
"""What pages of other origins may call: those of BROWSER_ORIGINS."""

DOCS_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:"
)


class PlainJson(DefaultJSONProvider):
    """JSON as it comes, in the order in which it was put together, from an encoder that is made once."""

    _ENCODER = JSONEncoder(separators=(",", ":"))

    def dumps(self, obj: Any, **_: Any) -> str:
        return self._ENCODER.encode(obj)


class PlainFlask(Flask):
    """Every view is a plain function; to ask each, and each decorator around it, costs more than some of them do."""

    json_provider_class = PlainJson

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func


def build(app: Flask, door: FrontDoor) -> None:
    """All routes, their description, the one shape of errors, and the headers of every answer."""
    hang(door, app.extensions)
    app.config.update(OPENAPI)
    app.url_map.merge_slashes = False  # or `//` would be answered with a redirect to wherever `Host` says
    api = ProblemApi(app)
    api.register_converter(IdentifierConverter, converters.describe)
    app.url_map.converters["identifier"] = IdentifierConverter
    for blueprint in _BLUEPRINTS:
        api.register_blueprint(blueprint)
    CORS(
        app, resources={_FOR_PAGES: {"origins": [_exactly(each) for each in door.browser_origins], "methods": ["POST"]}}
    )
    _describe_keys(api, door)
    app.register_blueprint(get_swaggerui_blueprint("/docs", "/openapi.json", config={"validatorUrl": None}))
    app.register_error_handler(LedgerAway, ledger_away)
    app.register_error_handler(SessionErased, session_erased)
    app.register_error_handler(RecursionError, nested_too_deeply)
    app.before_request(_begin)
    app.after_request(_finish)


def _exactly(origin: str) -> re.Pattern[str]:
    """As it is: what has a bracket in it, as every IPv6 address has, flask-cors would take for a pattern."""
    return re.compile(rf"{re.escape(origin)}\Z")


def _describe_keys(api: ProblemApi, door: FrontDoor) -> None:
    components = api.spec.components
    components.security_scheme("webhookKey", {"type": "apiKey", "in": "header", "name": door.webhook_key_header})
    components.security_scheme("lmsKey", {"type": "apiKey", "in": "header", "name": "X-Api-Key"})
    components.security_scheme("lmsBearer", {"type": "http", "scheme": "bearer"})
    components.security_scheme("metricsKey", {"type": "apiKey", "in": "header", "name": "X-Api-Key"})
    components.security_scheme("metricsBearer", {"type": "http", "scheme": "bearer"})
    components.security_scheme("launchToken", {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"})


def _begin() -> None:
    request_id.begin(request.headers.get(request_id.HEADER))


def _finish(answer: Response) -> Response:
    headers = answer.headers
    if "Content-Security-Policy" not in headers:
        policy = DOCS_POLICY if answer.mimetype == "text/html" else "default-src 'none'"
        headers.add("Content-Security-Policy", policy)  # to set one looks through all that are there
    if "Cache-Control" not in headers:
        headers.add("Cache-Control", "no-store")  # what is for one who has a key is in nobody's cache
    headers.add(request_id.HEADER, request_id.current() or "")
    headers.add("X-Content-Type-Options", "nosniff")
    headers.add("X-Frame-Options", "DENY")
    headers.add("Referrer-Policy", "no-referrer")
    return answer
