"""Registers the dashboard's pages, style sheet and scripts on a Flask app."""

import hashlib
from pathlib import Path

from flask import Blueprint, Flask, Response, g, request
from flask_bootstrap import Bootstrap5
from flask_wtf.csrf import generate_csrf
from werkzeug.exceptions import HTTPException

from proctor_results.dashboard import error_pages, template_filters
from proctor_results.dashboard.actions import actions
from proctor_results.dashboard.overview import overview
from proctor_results.dashboard.session_list import sessions
from proctor_results.dashboard.session_page import session
from proctor_results.database.connection import DatabaseUnavailable
from proctor_results.operators.access import register_login

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",  # Bootstrap's own style sheet contains its arrows and ticks
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
"""Nothing inline, nothing from another host."""

ASSETS = Path(__file__).with_name("assets")
ASSETS_VERSION = hashlib.sha256(
    b"".join(map(Path.read_bytes, sorted(ASSETS.iterdir())))
).hexdigest()
"""Part of the assets' addresses, so that browsers fetch them anew after an upgrade."""


def register_dashboard(
    app: Flask, sign_in_views: Blueprint, *, secret: str, development: bool
) -> None:
    """Register all pages. In development the cookie is also sent over plain http."""
    register_login(app, secret, secure=not development)
    app.config.update(
        BOOTSTRAP_SERVE_LOCAL=True, BOOTSTRAP_BTN_SIZE="sm", SEND_FILE_MAX_AGE_DEFAULT=86_400
    )
    app.static_url_path = ""  # Bootstrap's files are then under /bootstrap
    Bootstrap5(app)
    app.add_template_filter(template_filters.timestamp)
    app.add_template_filter(template_filters.format_duration)
    app.register_blueprint(_dashboard_blueprint(sign_in_views))


def _dashboard_blueprint(sign_in_views: Blueprint) -> Blueprint:
    dashboard = Blueprint(
        "dashboard",
        __name__,
        template_folder="templates",
        static_folder=ASSETS,
        static_url_path="/dashboard/assets",
    )
    for blueprint in (sign_in_views, overview, sessions, session, actions):
        dashboard.register_blueprint(blueprint)
    dashboard.after_request(_add_security_headers)
    dashboard.context_processor(_template_context)
    dashboard.register_error_handler(DatabaseUnavailable, error_pages.database_unavailable)
    dashboard.register_error_handler(HTTPException, error_pages.http_error)
    return dashboard


def _template_context() -> dict[str, object]:
    return {
        "operator": g.get("operator"),
        "version": ASSETS_VERSION[:12],
        "now": template_filters.now,
        "csrf_token": generate_csrf,
    }


def _add_security_headers(response: Response) -> Response:
    """Keep the pages of other sites from opening, framing or embedding ours."""
    response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = "max-age=31536000"  # a year of https only
    return response
