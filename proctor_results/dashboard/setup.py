"""Puts the pages of the dashboard on a Flask app."""

from flask import Blueprint, Flask, Response, g, request
from flask_bootstrap import Bootstrap5
from flask_wtf.csrf import generate_csrf
from werkzeug.exceptions import HTTPException

from proctor_results.dashboard import error_pages, template_filters
from proctor_results.dashboard.actions import actions
from proctor_results.dashboard.assets import ASSETS_VERSION, assets
from proctor_results.dashboard.overview import overview
from proctor_results.dashboard.receipts import receipts
from proctor_results.dashboard.session import session
from proctor_results.dashboard.sessions import sessions
from proctor_results.database.connection import DatabaseUnavailable
from proctor_results.operators import cookies
from proctor_results.operators.views import sign_in_views

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",  # Bootstrap's own sheet draws its arrows and ticks so
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
"""Nothing inline, nothing from another host."""


def register_dashboard(app: Flask, *, secret: str, development: bool) -> None:
    """All pages. In development the cookie also travels over plain http."""
    cookies.configure_cookies(app, secret, secure=not development)
    app.config.update(
        BOOTSTRAP_SERVE_LOCAL=True, BOOTSTRAP_BTN_SIZE="sm", SEND_FILE_MAX_AGE_DEFAULT=86_400
    )
    app.static_url_path = ""  # Bootstrap's files are then under /bootstrap
    Bootstrap5(app)
    template_filters.register_filters(app)
    app.register_blueprint(_dashboard_blueprint())


def _dashboard_blueprint() -> Blueprint:
    dashboard = Blueprint("dashboard", __name__, template_folder="templates")
    for blueprint in (sign_in_views, overview, sessions, session, receipts, actions, assets):
        dashboard.register_blueprint(blueprint)
    dashboard.after_request(_add_security_headers)
    dashboard.context_processor(_template_context)
    dashboard.register_error_handler(DatabaseUnavailable, error_pages.database_unavailable)
    dashboard.register_error_handler(HTTPException, error_pages.http_error)
    return dashboard


def _template_context() -> dict[str, object]:
    """What every template may use."""
    return {
        "operator": g.get("operator"),
        "version": ASSETS_VERSION,
        "now": template_filters.now,
        "csrf_token": generate_csrf,
    }


def _add_security_headers(response: Response) -> Response:
    """These pages run nothing of others, and no page of others holds, frames or embeds one of them."""
    response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = (
            "max-age=31536000"  # a browser that was here asks by https for a year
        )
    return response
