"""What a reviewer does to a session: each act has a reason, and is kept under the reviewer's name."""

from flask import Blueprint, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from proctor_results.api.context import api_context
from proctor_results.dashboard.error_pages import not_found
from proctor_results.dashboard.forms import ReasonForm
from proctor_results.dashboard.template_filters import now
from proctor_results.deliveries.manage import resend
from proctor_results.operations.operator_actions import (
    OVERRIDE_OUTCOMES,
    Attribution,
    add_note,
    override_outcome,
    place_hold,
    release_hold,
    withdraw_override,
)
from proctor_results.operators.access import reviewer_required
from proctor_results.sessions.enums import HoldKind, Outcome

actions = Blueprint("actions", __name__)


@actions.route("/dashboard/sessions/<identifier:identifier>/holds", methods=["POST"])
@reviewer_required
def hold(identifier: str) -> ResponseReturnValue:
    """Locks the exam until somebody releases it."""
    attribution = _attribution()
    if attribution is None:
        return _reason_missing(identifier)
    if place_hold(api_context().deps, identifier, attribution, now()) is None:
        return not_found()
    return _redirect_with_success(identifier, "The exam is locked; the LMS is being told.")


@actions.route("/dashboard/sessions/<identifier:identifier>/holds/<kind>/release", methods=["POST"])
@reviewer_required
def release(identifier: str, kind: str) -> ResponseReturnValue:
    """Releases one hold; what had called for it does not open it again."""
    attribution = _attribution()
    if attribution is None:
        return _reason_missing(identifier)
    if kind not in list(HoldKind) or not release_hold(
        api_context().deps, identifier, HoldKind(kind), attribution, now()
    ):
        return _redirect_with_success(
            identifier, f"There was no hold “{kind}” any more: somebody was faster."
        )
    return _redirect_with_success(identifier, f"Released: {kind}. The LMS is being told.")


@actions.route(
    "/dashboard/sessions/<identifier:identifier>/deliveries/<int:delivery>/send-again",
    methods=["POST"],
)
@reviewer_required
def send(identifier: str, delivery: int) -> ResponseReturnValue:
    """Has a target told once more, at once, also what was given up or told before."""
    attribution = _attribution()
    if attribution is None:
        return _reason_missing(identifier)
    if not resend(api_context().deps, identifier, delivery, attribution, now()):
        return _redirect_with_success(identifier, "It is being sent just now.")
    return _redirect_with_success(identifier, "It is sent again within a moment.")


@actions.route("/dashboard/sessions/<identifier:identifier>/notes", methods=["POST"])
@reviewer_required
def note(identifier: str) -> ResponseReturnValue:
    """Adds something worth knowing to the history."""
    attribution = _attribution()
    if attribution is None:
        return _reason_missing(identifier)
    if add_note(api_context().deps, identifier, attribution, now()) is None:
        return not_found()
    return _redirect_with_success(identifier, "Noted.")


@actions.route("/dashboard/sessions/<identifier:identifier>/outcome", methods=["POST"])
@reviewer_required
def override(identifier: str) -> ResponseReturnValue:
    """Gives the session another outcome, until a proctor signs a newer verdict."""
    attribution, outcome = _attribution(), request.form.get("outcome")
    if attribution is None or outcome not in OVERRIDE_OUTCOMES:
        return _reason_missing(identifier)
    if (
        override_outcome(api_context().deps, identifier, Outcome(outcome), attribution, now())
        is None
    ):
        return not_found()
    return _redirect_with_success(identifier, f"The outcome is {outcome}; the LMS is being told.")


@actions.route("/dashboard/sessions/<identifier:identifier>/outcome/withdraw", methods=["POST"])
@reviewer_required
def withdraw(identifier: str) -> ResponseReturnValue:
    """Takes that back: the outcome is again what the reports say."""
    attribution = _attribution()
    if attribution is None:
        return _reason_missing(identifier)
    if withdraw_override(api_context().deps, identifier, attribution, now()) is None:
        return _redirect_with_success(
            identifier, "Nothing was to be taken back: somebody was faster."
        )
    return _redirect_with_success(identifier, "Taken back. The LMS is being told.")


def _attribution() -> Attribution | None:
    """Who acts, and why; None where no reason was given."""
    form = ReasonForm()
    return Attribution(actor=g.operator.name, reason=form.reason.data) if form.validate() else None


def _reason_missing(identifier: str) -> ResponseReturnValue:
    flash("Nothing was done: say why, in up to 2000 characters.", "danger")
    return _redirect_to_session(identifier)


def _redirect_with_success(identifier: str, message: str) -> ResponseReturnValue:
    flash(message, "success")
    return _redirect_to_session(identifier)


def _redirect_to_session(identifier: str) -> ResponseReturnValue:
    return redirect(url_for("dashboard.session.show", identifier=identifier), 303)
