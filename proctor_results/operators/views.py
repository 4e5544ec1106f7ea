"""Where operators sign in and out."""

import structlog
from flask import (
    Blueprint,
    Response,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    session,
)
from flask.typing import ResponseReturnValue

from proctor_results.api.auth import public
from proctor_results.api.context import api_context
from proctor_results.dashboard.error_pages import not_found, sign_in_disabled
from proctor_results.dashboard.forms import SignInForm
from proctor_results.operators.access import SIGN_IN_TOKEN_KEY, viewer_required
from proctor_results.operators.cookies import DASHBOARD_PATH
from proctor_results.operators.sign_in import Throttled, sign_in, sign_out

sign_in_views = Blueprint("sign_in", __name__)

log = structlog.get_logger()


@sign_in_views.route("/dashboard/sign-in", methods=["GET", "POST"])
@public
def show_sign_in() -> ResponseReturnValue:
    """The page to sign in on, and what comes of it."""
    if not current_app.secret_key:
        return sign_in_disabled()
    form = SignInForm()
    if request.method == "GET":
        return render_template("dashboard/sign_in.html", form=form)
    if not form.validate():
        return _show_form_again(
            form, 400, "Give your name and your password, and send the form once more."
        )
    return _start_session(form)


@sign_in_views.route("/dashboard/<path:anything>")
@viewer_required
def unknown_page(anything: str) -> Response:
    """Whoever mistypes an address is told so on a page for people."""
    return not_found()


@sign_in_views.route("/dashboard/sign-out", methods=["POST"])
@viewer_required
def end_sign_in() -> Response:
    """The browser's token opens nothing any more."""
    sign_out(api_context().deps, session[SIGN_IN_TOKEN_KEY])
    session.clear()
    return redirect(f"{DASHBOARD_PATH}/sign-in", 303)  # type: ignore[return-value]  # werkzeug's Response is Flask's here


def _start_session(form: SignInForm) -> ResponseReturnValue:
    context, now = api_context(), api_context().now()
    result = sign_in(
        context.deps, form.name.data or "", form.password.data or "", request.remote_addr or "", now
    )
    log.info("operator.sign_in", signed_in=isinstance(result, str))
    if isinstance(result, Throttled):
        seconds = max(1, round((result.until - now).total_seconds()))
        response = _show_form_again(
            form, 429, f"Too many tries. Wait {seconds} seconds, and try again."
        )
        response.headers["Retry-After"] = str(seconds)
        return response
    if result is None:
        return _show_form_again(form, 401, "Name or password is wrong.")
    session.clear()
    session[SIGN_IN_TOKEN_KEY] = result
    return redirect(_safe_redirect_path(form.next_path.data), 303)


def _show_form_again(form: SignInForm, status: int, error: str) -> Response:
    return make_response(render_template("dashboard/sign_in.html", form=form, error=error), status)


def _safe_redirect_path(path: str | None) -> str:
    """Leads to a page of the dashboard, and never out of it."""
    is_dashboard_path = path == DASHBOARD_PATH or (path or "").startswith(
        (f"{DASHBOARD_PATH}/", f"{DASHBOARD_PATH}?")
    )
    return (
        path
        if path and is_dashboard_path and path.isprintable() and "\\" not in path
        else DASHBOARD_PATH
    )
