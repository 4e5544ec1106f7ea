"""Pages that say why a request failed, and what the operator can do about it."""

import structlog
from flask import Response, make_response, render_template, request, url_for
from werkzeug.exceptions import HTTPException

from proctor_results.dashboard.forms import SignInForm
from proctor_results.database.connection import DatabaseUnavailable

log = structlog.get_logger()

_TITLES_AND_ADVICE = {
    400: ("This form is not valid", "Go back, reload the page, and send the form once more."),
    403: ("Only reviewers may act", "Viewers can only read. Ask for the role of a reviewer."),
    404: ("This page does not exist", "Check the address, or search for the session."),
    503: ("The dashboard is not available", "Operators can sign in once SECRET_KEY is set."),
}


def sign_in_required() -> Response:
    """Show the sign-in form (401), which leads back to the page that was asked for."""
    is_page = request.method == "GET"
    next_path = request.full_path.rstrip("?") if is_page else url_for("dashboard.overview.show")
    form = SignInForm(formdata=None, next_path=next_path)
    return make_response(render_template("dashboard/sign_in.html", form=form), 401)


def database_unavailable(error: DatabaseUnavailable) -> Response:
    log.error("database.unavailable", error=str(error).strip())
    return _error_page(
        503, "The database cannot be reached", "Nothing was changed. Try again in a moment."
    )


def http_error(error: HTTPException) -> Response:
    """Show the error with which a view, Flask or Werkzeug aborts."""
    status, default = error.code or 500, (error.name, error.description or "")
    return _error_page(status, *_TITLES_AND_ADVICE.get(status, default))


def _error_page(status: int, title: str, advice: str) -> Response:
    page = render_template("dashboard/error.html", title=title, advice=advice)
    return make_response(page, status)
