"""`/sessions/<identifier>/outcome`: an operator overrules it, or takes that back."""

from flask import Response, jsonify
from flask_smorest import Blueprint
from marshmallow import fields, validate

from proctor_results.domain.words import Outcome
from proctor_results.flows.hand import Hand
from proctor_results.flows.override_by_hand import OUTCOMES, override_by_hand, withdraw_by_hand
from proctor_results.web import guards
from proctor_results.web.body import body_of, valid_body
from proctor_results.web.front_door import front_door
from proctor_results.web.hands import REFUSALS, HandSchema, hand_in_body
from proctor_results.web.problems import problem, refuses
from proctor_results.web.session_json import SessionSchema, session_json
from proctor_results.web.sessions import LMS

outcomes = Blueprint("outcomes", __name__, description="Overruling an outcome by hand")


class OverrideSchema(HandSchema):
    """An outcome in an operator's word."""

    outcome = fields.String(required=True, validate=validate.OneOf([*OUTCOMES]))


@outcomes.route("/sessions/<identifier:identifier>/outcome", methods=["PUT"])
@outcomes.doc(security=LMS, requestBody=body_of(OverrideSchema))
@outcomes.alt_response(200, schema=SessionSchema, description="The session with that outcome")
@refuses(outcomes, REFUSALS)
@guards.for_lms
def override(identifier: str) -> Response:
    """Overrules the outcome. It stands until it is withdrawn, or a proctor signs a newer verdict. Repeating is safe."""
    said = valid_body(_OVERRIDE)
    hand = Hand(actor=said["actor"], reason=said["reason"])
    outcome = Outcome(said["outcome"])
    session = override_by_hand(front_door().house, identifier, outcome, hand, front_door().now())
    return problem(404, "no session has this identifier") if session is None else jsonify(session_json(session))


@outcomes.route("/sessions/<identifier:identifier>/outcome", methods=["DELETE"])
@outcomes.doc(security=LMS, requestBody=body_of(HandSchema))
@outcomes.alt_response(200, schema=SessionSchema, description="The session as its reports have it")
@refuses(outcomes, {**REFUSALS, 404: "No such session, or its outcome is not overruled"})
@guards.for_lms
def withdraw(identifier: str) -> Response:
    """Takes the override back: the outcome is again what the reports say."""
    hand = hand_in_body(_HAND)
    session = withdraw_by_hand(front_door().house, identifier, hand, front_door().now())
    return problem(404, "there is no override to withdraw") if session is None else jsonify(session_json(session))


_OVERRIDE, _HAND = OverrideSchema(), HandSchema()
