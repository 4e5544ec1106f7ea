"""Recognises operators by their cookie, and decides who may use a page of the dashboard."""

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from flask import Flask, Response, abort, current_app, g, request
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, current_user, login_required
from flask_wtf.csrf import validate_csrf
from wtforms import ValidationError

from proctor_results.api.context import api_context
from proctor_results.dashboard.error_pages import sign_in_required
from proctor_results.operators.model import Role, SignedInOperator
from proctor_results.operators.sign_in import signed_in_operator

Params = ParamSpec("Params")
View = Callable[Params, ResponseReturnValue]

DASHBOARD_PATH = "/dashboard"
AUTO_REFRESH_HEADER = "X-Refresh"
"""Marks the requests that a page makes by itself, which do not prolong a sign-in.

A page without JavaScript sends the query parameter `refresh` instead."""


def register_login(app: Flask, secret: str, *, secure: bool) -> None:
    """Set up Flask-Login and its signed cookie. Without a secret no operator can sign in.

    A browser accepts a cookie named `__Host-` only from this very host, over https and for all
    paths, so that no other host of the same domain can replace it. A changed address does not
    end a sign-in: phones change it on their way through a building.
    """
    app.secret_key = hashlib.sha256(b"operators:" + secret.encode()).digest() if secret else None
    app.config.update(
        SESSION_COOKIE_NAME="__Host-operator" if secure else "operator",
        SESSION_COOKIE_PATH="/",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_PROTECTION=None,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the cookie it is compared with
    )
    login_manager = LoginManager(app, add_context_processor=False)
    login_manager.user_loader(_load_operator)
    login_manager.unauthorized_handler(_unauthorized)


def viewer_required(view: View[Params]) -> View[Params]:
    """Call the view for signed-in operators only."""
    return _require(Role.VIEWER, view)


def reviewer_required(view: View[Params]) -> View[Params]:
    """Call the view for reviewers only."""
    return _require(Role.REVIEWER, view)


def _require(role: Role, view: View[Params]) -> View[Params]:
    @wraps(view)
    def checked_view(*args: Params.args, **kwargs: Params.kwargs) -> ResponseReturnValue:
        g.operator = current_user  # for templates: error pages must not query the database again
        if role is Role.REVIEWER and not current_user.may_act:
            abort(403)
        _check_csrf_token()
        return view(*args, **kwargs)

    guarded_view: View[Params] = login_required(checked_view)
    guarded_view.guard = role.value  # type: ignore[attr-defined]  # read by the test of all routes
    return guarded_view


def _check_csrf_token() -> None:
    if request.method not in ("GET", "HEAD"):
        try:
            validate_csrf(request.form.get("csrf_token"))
        except ValidationError:
            abort(400)


def _load_operator(token: str) -> SignedInOperator | None:
    is_auto_refresh = AUTO_REFRESH_HEADER in request.headers or "refresh" in request.args
    context = api_context()
    return signed_in_operator(context.deps, token, context.now(), is_active=not is_auto_refresh)


def check_sign_in_is_enabled() -> None:
    """Abort with 503 if the service has no key to sign cookies with."""
    if not current_app.secret_key:
        abort(503)


def _unauthorized() -> Response:
    check_sign_in_is_enabled()
    return sign_in_required()
