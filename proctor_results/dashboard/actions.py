"""The actions of a reviewer on a session, each recorded with the reviewer's name and reason."""

from collections.abc import Callable
from functools import wraps

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from proctor_results.api.context import api_context
from proctor_results.dashboard.forms import ReasonForm
from proctor_results.dashboard.template_filters import now
from proctor_results.deliveries.manage import resend
from proctor_results.operations.operator_actions import OVERRIDE_OUTCOMES, Attribution, act
from proctor_results.operators.access import reviewer_required
from proctor_results.sessions.enums import HoldKind, OperatorAction, Outcome

actions = Blueprint("actions", __name__)

Act = Callable[..., str | None]
"""Acts on a session; returns the message to show, None if there is no such session.

It is called with the identifier, the attribution, and what else the path contains."""

REASON_MISSING = "Nothing was done: enter a reason of up to 2000 characters."


def _action(path: str) -> Callable[[Act], Act]:
    """Register an action under the session's path, for reviewers who give a reason."""

    def register(act: Act) -> Act:
        @actions.route(f"/dashboard/sessions/<identifier:identifier>{path}", methods=["POST"])
        @reviewer_required
        @wraps(act)
        def view(identifier: str, **path_arguments: str) -> ResponseReturnValue:
            form = ReasonForm()
            if not form.validate():
                return _redirect_to_session(identifier, REASON_MISSING, "danger")
            attribution = Attribution(actor=current_user.name, reason=form.reason.data)
            message = act(identifier, attribution, **path_arguments) or abort(404)
            return _redirect_to_session(identifier, message)

        return act

    return register


@_action("/holds")
def hold(identifier: str, attribution: Attribution) -> str | None:
    """Lock the exam until an operator releases the hold."""
    session = act(api_context().deps, identifier, OperatorAction.HOLD, attribution, now())
    return "The exam is locked. The LMS is being notified." if session else None


@_action("/holds/<kind>/release")
def release(identifier: str, attribution: Attribution, kind: str) -> str:
    """Release one hold; the cause that opened it does not open it again."""
    is_released = kind in list(HoldKind) and act(
        api_context().deps,
        identifier,
        OperatorAction.RELEASE,
        attribution,
        now(),
        hold=HoldKind(kind),
    )
    if not is_released:
        return f"Nothing was done: the hold “{kind}” is not open, or was released meanwhile."
    return f"Released: {kind}. The LMS is being notified."


@_action("/deliveries/<int:delivery>/send-again")
def send(identifier: str, attribution: Attribution, delivery: int) -> str:
    """Send a delivery at once, even if it has failed or was delivered before."""
    is_due = resend(api_context().deps, identifier, delivery, attribution, now())
    return "It will be sent again in a moment." if is_due else "It is being sent just now."


@_action("/notes")
def note(identifier: str, attribution: Attribution) -> str | None:
    """Add a note to the history."""
    session = act(api_context().deps, identifier, OperatorAction.NOTE, attribution, now())
    return "The note was added." if session else None


@_action("/outcome")
def override(identifier: str, attribution: Attribution) -> str | None:
    """Override the outcome, until a proctor signs a newer verdict."""
    outcome = request.form.get("outcome")
    if outcome not in OVERRIDE_OUTCOMES:
        return "Nothing was done: choose one of the outcomes."
    deps = api_context().deps
    session = act(
        deps, identifier, OperatorAction.OVERRIDE, attribution, now(), outcome=Outcome(outcome)
    )
    return f"The outcome is now {outcome}. The LMS is being notified." if session else None


@_action("/outcome/withdraw")
def withdraw(identifier: str, attribution: Attribution) -> str:
    """Withdraw the override: the outcome follows from the reports again."""
    if (
        act(api_context().deps, identifier, OperatorAction.WITHDRAW_OVERRIDE, attribution, now())
        is None
    ):
        return "Nothing was done: there is no override, or it was withdrawn meanwhile."
    return "The override is withdrawn. The LMS is being notified."


def _redirect_to_session(
    identifier: str, message: str, category: str = "success"
) -> ResponseReturnValue:
    flash(message, category)
    return redirect(url_for("dashboard.session.show", identifier=identifier), 303)
