"""What people see where they get nothing: why, and what to do about it."""

import structlog
from flask import Response, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from proctor_results.dashboard.forms import SignInForm
from proctor_results.database.connection import DatabaseUnavailable
from proctor_results.operators.cookies import DASHBOARD_PATH

log = structlog.get_logger()


def sign_in_required() -> Response:
    """401: not signed in. The page to sign in on leads back to where they wanted to go."""
    next_path = request.full_path.rstrip("?") if request.method == "GET" else DASHBOARD_PATH
    form = SignInForm(formdata=None, next_path=next_path)
    return make_response(render_template("dashboard/sign_in.html", form=form), 401)


def forbidden() -> Response:
    return _error_page(
        403,
        "You may look, but not act",
        "Ask whoever runs this service for the role of a reviewer.",
    )


def csrf_failed() -> Response:
    """400: a form that this browser was not given."""
    return _error_page(
        400, "This form is too old", "Go back, load the page again, and do it once more."
    )


def sign_in_disabled() -> Response:
    return _error_page(
        503, "The dashboard is closed", "Nobody can sign in until SECRET_KEY is set."
    )


def not_found() -> Response:
    return _error_page(
        404, "There is nothing here", "It may have another name; look for it among the sessions."
    )


def database_unavailable(error: DatabaseUnavailable) -> Response:
    log.error("database.unavailable", error=str(error).strip())
    return _error_page(
        503, "The database cannot be reached", "Nothing was changed. Try again in a moment."
    )


def http_error(error: HTTPException) -> Response:
    """Whatever Flask and werkzeug refuse by themselves."""
    return _error_page(error.code or 500, error.name, error.description or "")


def _error_page(status: int, title: str, advice: str) -> Response:
    return make_response(
        render_template("dashboard/error.html", title=title, advice=advice), status
    )
