"""Who may pass on the pages of the dashboard: each says whether a viewer is enough, or a reviewer is needed."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from flask import current_app, g, request, session
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import validate_csrf
from wtforms import ValidationError

from proctor_results.api.context import api_context
from proctor_results.dashboard.error_pages import (
    csrf_failed,
    forbidden,
    sign_in_disabled,
    sign_in_required,
)
from proctor_results.dashboard.template_filters import now
from proctor_results.operators.model import Operator
from proctor_results.operators.sign_in import current_operator

Params = ParamSpec("Params")
View = Callable[Params, ResponseReturnValue]

SIGN_IN_TOKEN_KEY = "token"  # noqa: S105  # its name in the cookie
AUTO_REFRESH_HEADER = "X-Refresh"
"""A header of requests that a page makes by itself: they do not show that anybody is there. Without a script it is the
argument `refresh`."""


def viewer_required(view: View[Params]) -> View[Params]:
    """Lets through whoever is signed in, who is then `g.operator`."""
    return _require(view, "viewer", lambda _: True)


def reviewer_required(view: View[Params]) -> View[Params]:
    """Lets through who may act, from a form of ours; they are then `g.operator`."""
    return _require(view, "reviewer", lambda operator: operator.may_act)


def _require(view: View[Params], role: str, is_allowed: Callable[[Operator], bool]) -> View[Params]:
    @wraps(view)
    def wrapper(*args: Params.args, **kwargs: Params.kwargs) -> ResponseReturnValue:
        if not current_app.secret_key:
            return sign_in_disabled()
        operator = _current_operator()
        if operator is None:
            return sign_in_required()
        g.operator = operator
        if not is_allowed(operator):
            return forbidden()
        return view(*args, **kwargs) if _has_valid_csrf_token() else csrf_failed()

    wrapper.guard = role  # type: ignore[attr-defined]  # read by the test that walks all routes
    return wrapper


def _current_operator() -> Operator | None:
    token = session.get(SIGN_IN_TOKEN_KEY)
    if not token:
        return None
    is_auto_refresh = AUTO_REFRESH_HEADER in request.headers or "refresh" in request.args
    return current_operator(api_context().deps, token, now(), is_active=not is_auto_refresh)


def _has_valid_csrf_token() -> bool:
    if request.method in ("GET", "HEAD"):
        return True
    try:
        validate_csrf(request.form.get("csrf_token"))
    except ValidationError:
        return False
    return True
