"""What a reviewer does to a session: each act has a reason, and is kept under the reviewer's name."""

from flask import Blueprint, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from proctor_results.dashboard.forms import ActForm
from proctor_results.dashboard.guards import for_reviewers
from proctor_results.dashboard.refusals import not_found
from proctor_results.dashboard.words import now
from proctor_results.domain.words import HoldKind, Outcome
from proctor_results.flows.hand import Hand
from proctor_results.flows.hold_by_hand import hold_by_hand, release_by_hand
from proctor_results.flows.mend_deliveries import send_again
from proctor_results.flows.note_by_hand import note_by_hand
from proctor_results.flows.override_by_hand import OUTCOMES, override_by_hand, withdraw_by_hand
from proctor_results.web.front_door import front_door

actions = Blueprint("actions", __name__)


@actions.route("/dashboard/sessions/<identifier:identifier>/holds", methods=["POST"])
@for_reviewers
def hold(identifier: str) -> ResponseReturnValue:
    """Locks the exam until somebody releases it."""
    hand = _hand()
    if hand is None:
        return _unsaid(identifier)
    if hold_by_hand(front_door().house, identifier, hand, now()) is None:
        return not_found()
    return _done(identifier, "The exam is locked; the LMS is being told.")


@actions.route("/dashboard/sessions/<identifier:identifier>/holds/<kind>/release", methods=["POST"])
@for_reviewers
def release(identifier: str, kind: str) -> ResponseReturnValue:
    """Releases one hold; what had called for it does not open it again."""
    hand = _hand()
    if hand is None:
        return _unsaid(identifier)
    if kind not in list(HoldKind) or not release_by_hand(front_door().house, identifier, HoldKind(kind), hand, now()):
        return _done(identifier, f"There was no hold “{kind}” any more: somebody was faster.")
    return _done(identifier, f"Released: {kind}. The LMS is being told.")


@actions.route("/dashboard/sessions/<identifier:identifier>/deliveries/<int:delivery>/send-again", methods=["POST"])
@for_reviewers
def send(identifier: str, delivery: int) -> ResponseReturnValue:
    """Has a target told once more, at once, also what was given up or told before."""
    hand = _hand()
    if hand is None:
        return _unsaid(identifier)
    if not send_again(front_door().house, identifier, delivery, hand, now()):
        return _done(identifier, "It is being sent just now.")
    return _done(identifier, "It is sent again within a moment.")


@actions.route("/dashboard/sessions/<identifier:identifier>/notes", methods=["POST"])
@for_reviewers
def note(identifier: str) -> ResponseReturnValue:
    """Adds something worth knowing to the history."""
    hand = _hand()
    if hand is None:
        return _unsaid(identifier)
    if note_by_hand(front_door().house, identifier, hand, now()) is None:
        return not_found()
    return _done(identifier, "Noted.")


@actions.route("/dashboard/sessions/<identifier:identifier>/outcome", methods=["POST"])
@for_reviewers
def overrule(identifier: str) -> ResponseReturnValue:
    """Gives the session another outcome, until a proctor signs a newer verdict."""
    hand, outcome = _hand(), request.form.get("outcome")
    if hand is None or outcome not in OUTCOMES:
        return _unsaid(identifier)
    if override_by_hand(front_door().house, identifier, Outcome(outcome), hand, now()) is None:
        return not_found()
    return _done(identifier, f"The outcome is {outcome}; the LMS is being told.")


@actions.route("/dashboard/sessions/<identifier:identifier>/outcome/withdraw", methods=["POST"])
@for_reviewers
def withdraw(identifier: str) -> ResponseReturnValue:
    """Takes that back: the outcome is again what the reports say."""
    hand = _hand()
    if hand is None:
        return _unsaid(identifier)
    if withdraw_by_hand(front_door().house, identifier, hand, now()) is None:
        return _done(identifier, "Nothing was to be taken back: somebody was faster.")
    return _done(identifier, "Taken back. The LMS is being told.")


def _hand() -> Hand | None:
    """Who acts, and why; None where no reason was given."""
    form = ActForm()
    return Hand(actor=g.operator.name, reason=form.reason.data) if form.validate() else None


def _unsaid(identifier: str) -> ResponseReturnValue:
    flash("Nothing was done: say why, in up to 2000 characters.", "danger")
    return _back(identifier)


def _done(identifier: str, what: str) -> ResponseReturnValue:
    flash(what, "success")
    return _back(identifier)


def _back(identifier: str) -> ResponseReturnValue:
    return redirect(url_for("dashboard.session.show", identifier=identifier), 303)
