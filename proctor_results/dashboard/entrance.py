"""Where operators sign in and out."""

import structlog
from flask import Blueprint, Response, current_app, make_response, redirect, render_template, request, session
from flask.typing import ResponseReturnValue

from proctor_results.dashboard.cookies import PAGES
from proctor_results.dashboard.forms import SignInForm
from proctor_results.dashboard.guards import TOKEN, for_viewers
from proctor_results.dashboard.refusals import closed, not_found
from proctor_results.flows.sign_in import Wait, sign_in, sign_out
from proctor_results.web.front_door import front_door
from proctor_results.web.guards import for_anyone

entrance = Blueprint("entrance", __name__)

log = structlog.get_logger()


@entrance.route("/dashboard/sign-in", methods=["GET", "POST"])
@for_anyone
def knock() -> ResponseReturnValue:
    """The page to sign in on, and what comes of it."""
    if not current_app.secret_key:
        return closed()
    form = SignInForm()
    if request.method == "GET":
        return render_template("dashboard/sign_in.html", form=form)
    if not form.validate():
        return _again(form, 400, "Give your name and your password, and send the form once more.")
    return _let_in(form)


@entrance.route("/dashboard/<path:anything>")
@for_viewers
def nowhere(anything: str) -> Response:
    """Whoever mistypes an address is told so on a page for people."""
    return not_found()


@entrance.route("/dashboard/sign-out", methods=["POST"])
@for_viewers
def leave() -> Response:
    """The browser's token opens nothing any more."""
    sign_out(front_door().house, session[TOKEN])
    session.clear()
    return redirect(f"{PAGES}/sign-in", 303)  # type: ignore[return-value]  # werkzeug's Response is Flask's here


def _let_in(form: SignInForm) -> ResponseReturnValue:
    door, now = front_door(), front_door().now()
    given = sign_in(door.house, form.name.data or "", form.password.data or "", request.remote_addr or "", now)
    log.info("operator.tried_to_sign_in", came_in=isinstance(given, str))
    if isinstance(given, Wait):
        seconds = max(1, round((given.until - now).total_seconds()))
        answer = _again(form, 429, f"Too many tries. Wait {seconds} seconds, and try again.")
        answer.headers["Retry-After"] = str(seconds)
        return answer
    if given is None:
        return _again(form, 401, "Name or password is wrong.")
    session.clear()
    session[TOKEN] = given
    return redirect(_within(form.back.data), 303)


def _again(form: SignInForm, status: int, fault: str) -> Response:
    return make_response(render_template("dashboard/sign_in.html", form=form, fault=fault), status)


def _within(path: str | None) -> str:
    """Leads to a page of the dashboard, and never out of it."""
    inside = path == PAGES or (path or "").startswith((f"{PAGES}/", f"{PAGES}?"))
    return path if path and inside and path.isprintable() and "\\" not in path else PAGES
