"""`/sessions/<identifier>/holds`: locking and releasing by hand."""

from flask import Response, jsonify
from flask_smorest import Blueprint
from marshmallow import fields, validate

from proctor_results.domain.words import HoldKind
from proctor_results.flows.hold_by_hand import hold_by_hand, release_by_hand
from proctor_results.web import guards
from proctor_results.web.body import body_of
from proctor_results.web.front_door import front_door
from proctor_results.web.hands import REFUSALS, HandSchema, hand_in_body
from proctor_results.web.problems import problem, refuses
from proctor_results.web.session_json import SessionSchema, session_json
from proctor_results.web.sessions import LMS

holds = Blueprint("holds", __name__, description="Locking and releasing by hand")


class ManualHoldSchema(HandSchema):
    """A lock by hand."""

    kind = fields.String(load_default=HoldKind.MANUAL, validate=validate.Equal(HoldKind.MANUAL))


@holds.route("/sessions/<identifier:identifier>/holds", methods=["POST"])
@holds.doc(security=LMS, requestBody=body_of(ManualHoldSchema))
@holds.alt_response(200, schema=SessionSchema, description="The session, locked")
@refuses(holds, REFUSALS)
@guards.for_lms
def hold(identifier: str) -> Response:
    """Locks the exam until somebody releases it. Repeating it is safe: there is one manual hold at most."""
    hand = hand_in_body(_MANUAL_HOLD)
    session = hold_by_hand(front_door().house, identifier, hand, front_door().now())
    return problem(404, "no session has this identifier") if session is None else jsonify(session_json(session))


@holds.route("/sessions/<identifier:identifier>/holds/<kind>", methods=["DELETE"])
@holds.doc(security=LMS, requestBody=body_of(HandSchema))
@holds.alt_response(200, schema=SessionSchema, description="The session without that hold")
@refuses(holds, {**REFUSALS, 404: "No such session, or no such hold is open"})
@guards.for_lms
def release(identifier: str, kind: str) -> Response:
    """Releases an open hold. What had called for it does not open it again; something new does."""
    if kind not in list(HoldKind):
        return problem(404, "no hold is of this kind")
    hand = hand_in_body(_RELEASE)
    session = release_by_hand(front_door().house, identifier, HoldKind(kind), hand, front_door().now())
    return problem(404, "no such hold is open") if session is None else jsonify(session_json(session))


_MANUAL_HOLD, _RELEASE = ManualHoldSchema(), HandSchema()
