"""Who may pass on the pages of the dashboard: each says whether a viewer is enough, or a reviewer is needed."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from flask import current_app, g, request, session
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import validate_csrf
from wtforms import ValidationError

from proctor_results.dashboard.refusals import closed, forbidden, forged, unknown
from proctor_results.dashboard.words import now
from proctor_results.domain.operator import Operator
from proctor_results.flows.sign_in import signed_in
from proctor_results.web.front_door import front_door

Params = ParamSpec("Params")
View = Callable[Params, ResponseReturnValue]

TOKEN = "token"  # noqa: S105  # its name in the cookie
BY_ITSELF = "X-Refresh"
"""A header of requests that a page makes by itself: they do not show that anybody is there. Without a script it is the
argument `refresh`."""


def for_viewers(view: View[Params]) -> View[Params]:
    """Lets through whoever is signed in, who is then `g.operator`."""
    return _guarded(view, "viewer", lambda _: True)


def for_reviewers(view: View[Params]) -> View[Params]:
    """Lets through who may act, from a form of ours; they are then `g.operator`."""
    return _guarded(view, "reviewer", lambda operator: operator.may_act)


def _guarded(view: View[Params], name: str, may: Callable[[Operator], bool]) -> View[Params]:
    @wraps(view)
    def guarded(*args: Params.args, **kwargs: Params.kwargs) -> ResponseReturnValue:
        if not current_app.secret_key:
            return closed()
        operator = _operator()
        if operator is None:
            return unknown()
        g.operator = operator
        if not may(operator):
            return forbidden()
        return view(*args, **kwargs) if _from_our_form() else forged()

    guarded.guard = name  # type: ignore[attr-defined]  # read by the test that walks all routes
    return guarded


def _operator() -> Operator | None:
    token = session.get(TOKEN)
    if not token:
        return None
    by_itself = BY_ITSELF in request.headers or "refresh" in request.args
    return signed_in(front_door().house, token, now(), at_work=not by_itself)


def _from_our_form() -> bool:
    if request.method in ("GET", "HEAD"):
        return True
    try:
        validate_csrf(request.form.get("csrf_token"))
    except ValidationError:
        return False
    return True
