"""Puts the pages of the dashboard on a Flask app."""

from flask import Blueprint, Flask, Response, g, request
from flask_bootstrap import Bootstrap5
from flask_wtf.csrf import generate_csrf
from werkzeug.exceptions import HTTPException

from proctor_results.dashboard import cookies, refusals, words
from proctor_results.dashboard.actions import actions
from proctor_results.dashboard.assets import VERSION, assets
from proctor_results.dashboard.board import board
from proctor_results.dashboard.entrance import entrance
from proctor_results.dashboard.receipts import receipts
from proctor_results.dashboard.session import session
from proctor_results.dashboard.sessions import sessions
from proctor_results.flows import LedgerAway

POLICY = "; ".join(
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


def build(app: Flask, *, secret: str, development: bool) -> None:
    """All pages. In development the cookie also travels over plain http."""
    cookies.bake(app, secret, secure=not development)
    app.config.update(BOOTSTRAP_SERVE_LOCAL=True, BOOTSTRAP_BTN_SIZE="sm", SEND_FILE_MAX_AGE_DEFAULT=86_400)
    app.static_url_path = ""  # Bootstrap's files are then under /bootstrap
    Bootstrap5(app)
    words.add_words(app)
    app.register_blueprint(_dashboard())


def _dashboard() -> Blueprint:
    dashboard = Blueprint("dashboard", __name__, template_folder="templates")
    for blueprint in (entrance, board, sessions, session, receipts, actions, assets):
        dashboard.register_blueprint(blueprint)
    dashboard.after_request(_shield)
    dashboard.context_processor(_at_hand)
    dashboard.register_error_handler(LedgerAway, refusals.ledger_away)
    dashboard.register_error_handler(HTTPException, refusals.http_error)
    return dashboard


def _at_hand() -> dict[str, object]:
    """What every template may use."""
    return {"operator": g.get("operator"), "version": VERSION, "now": words.now, "csrf_token": generate_csrf}


def _shield(answer: Response) -> Response:
    """These pages run nothing of others, and no page of others holds, frames or embeds one of them."""
    answer.headers["Content-Security-Policy"] = POLICY
    answer.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    answer.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    if request.is_secure:
        answer.headers["Strict-Transport-Security"] = (
            "max-age=31536000"  # a browser that was here asks by https for a year
        )
    return answer
