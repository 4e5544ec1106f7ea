"""What people see where they get nothing: why, and what to do about it."""

import structlog
from flask import Response, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from proctor_results.dashboard.cookies import PAGES
from proctor_results.dashboard.forms import SignInForm
from proctor_results.flows import LedgerAway

log = structlog.get_logger()


def unknown() -> Response:
    """401: not signed in. The page to sign in on leads back to where they wanted to go."""
    back = request.full_path.rstrip("?") if request.method == "GET" else PAGES
    form = SignInForm(formdata=None, back=back)
    return make_response(render_template("dashboard/sign_in.html", form=form), 401)


def forbidden() -> Response:
    return _refusal(403, "You may look, but not act", "Ask whoever runs this service for the role of a reviewer.")


def forged() -> Response:
    """400: a form that this browser was not given."""
    return _refusal(400, "This form is too old", "Go back, load the page again, and do it once more.")


def closed() -> Response:
    return _refusal(503, "The dashboard is closed", "Nobody can sign in until SECRET_KEY is set.")


def not_found() -> Response:
    return _refusal(404, "There is nothing here", "It may have another name; look for it among the sessions.")


def ledger_away(error: LedgerAway) -> Response:
    log.error("ledger.away", error=str(error).strip())
    return _refusal(503, "The database cannot be reached", "Nothing was changed. Try again in a moment.")


def http_error(error: HTTPException) -> Response:
    """Whatever Flask and werkzeug refuse by themselves."""
    return _refusal(error.code or 500, error.name, error.description or "")


def _refusal(status: int, title: str, advice: str) -> Response:
    return make_response(render_template("dashboard/refusal.html", title=title, advice=advice), status)
