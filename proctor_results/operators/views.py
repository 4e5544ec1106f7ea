"""The pages on which operators sign in and out."""

import structlog
from flask import (
    Blueprint,
    Response,
    abort,
    make_response,
    redirect,
    render_template,
    request,
    session,
)
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_user, logout_user

from proctor_results.api.auth import public
from proctor_results.api.context import api_context
from proctor_results.dashboard.forms import SignInForm
from proctor_results.operators.access import (
    DASHBOARD_PATH,
    check_sign_in_is_enabled,
    viewer_required,
)
from proctor_results.operators.sign_in import Throttled, sign_in, sign_out

sign_in_views = Blueprint("sign_in", __name__)

log = structlog.get_logger()


@sign_in_views.route("/dashboard/sign-in", methods=["GET", "POST"])
@public
def show_sign_in() -> ResponseReturnValue:
    """Show the sign-in form, and sign in who sends it with the right password."""
    check_sign_in_is_enabled()
    form = SignInForm()
    if request.method == "GET":
        return render_template("dashboard/sign_in.html", form=form)
    if not form.validate():
        return _show_form_again(form, 400, "Enter your name and password, and try again.")
    return _start_session(form)


@sign_in_views.route("/dashboard/<path:unknown_path>")
@viewer_required
def unknown_page(unknown_path: str) -> str:
    """Answer a mistyped address with a page instead of JSON."""
    abort(404)


@sign_in_views.route("/dashboard/sign-out", methods=["POST"])
@viewer_required
def end_sign_in() -> ResponseReturnValue:
    """End the sign-in of this browser's token."""
    sign_out(api_context().deps, current_user.token)
    logout_user()
    session.clear()
    return redirect(f"{DASHBOARD_PATH}/sign-in", 303)


def _start_session(form: SignInForm) -> ResponseReturnValue:
    context, now = api_context(), api_context().now()
    credentials = form.name.data or "", form.password.data or ""
    result = sign_in(context.deps, *credentials, request.remote_addr or "", now)
    if isinstance(result, Throttled):
        log.info("operator.sign_in", result="throttled")
        seconds = max(1, round((result.until - now).total_seconds()))
        message = f"Too many failed attempts. Wait {seconds} seconds, and try again."
        return _show_form_again(form, 429, message), {"Retry-After": str(seconds)}
    log.info("operator.sign_in", result="ok" if result else "failed")
    if result is None:
        return _show_form_again(form, 401, "The name or the password is wrong.")
    session.clear()
    login_user(result)
    return redirect(_safe_redirect_path(form.next_path.data), 303)


def _show_form_again(form: SignInForm, status: int, error: str) -> Response:
    return make_response(render_template("dashboard/sign_in.html", form=form, error=error), status)


def _safe_redirect_path(path: str | None) -> str:
    """Return the path if it is a page of the dashboard, else the dashboard's first page."""
    path = path or ""
    is_dashboard_path = path == DASHBOARD_PATH or path.startswith(
        (f"{DASHBOARD_PATH}/", f"{DASHBOARD_PATH}?")
    )
    is_safe = is_dashboard_path and path.isprintable() and "\\" not in path
    return path if is_safe else DASHBOARD_PATH
