"""`/sessions/<identifier>/holds`: locking and releasing by hand."""

from flask import Response, jsonify
from flask_smorest import Blueprint
from marshmallow import fields, validate

from proctor_results.api import auth
from proctor_results.api.context import api_context
from proctor_results.api.problems import document_problems, problem
from proctor_results.api.request_body import request_body_spec
from proctor_results.operations.hold import place_hold, release_hold
from proctor_results.operations.schemas import (
    OPERATION_PROBLEMS,
    AttributionSchema,
    load_attribution,
)
from proctor_results.sessions.enums import HoldKind
from proctor_results.sessions.schemas import SessionSchema, session_json
from proctor_results.sessions.views import LMS_SECURITY

holds = Blueprint("holds", __name__, description="Locking and releasing by hand")


class ManualHoldSchema(AttributionSchema):
    """A lock by hand."""

    kind = fields.String(load_default=HoldKind.MANUAL, validate=validate.Equal(HoldKind.MANUAL))


@holds.route("/sessions/<identifier:identifier>/holds", methods=["POST"])
@holds.doc(security=LMS_SECURITY, requestBody=request_body_spec(ManualHoldSchema))
@holds.alt_response(200, schema=SessionSchema, description="The session, locked")
@document_problems(holds, OPERATION_PROBLEMS)
@auth.lms_key_required
def hold(identifier: str) -> Response:
    """Locks the exam until somebody releases it. Repeating it is safe: there is one manual hold at most."""
    attribution = load_attribution(_MANUAL_HOLD_SCHEMA)
    session = place_hold(api_context().deps, identifier, attribution, api_context().now())
    return (
        problem(404, "no session has this identifier")
        if session is None
        else jsonify(session_json(session))
    )


@holds.route("/sessions/<identifier:identifier>/holds/<kind>", methods=["DELETE"])
@holds.doc(security=LMS_SECURITY, requestBody=request_body_spec(AttributionSchema))
@holds.alt_response(200, schema=SessionSchema, description="The session without that hold")
@document_problems(holds, {**OPERATION_PROBLEMS, 404: "No such session, or no such hold is open"})
@auth.lms_key_required
def release(identifier: str, kind: str) -> Response:
    """Releases an open hold. What had called for it does not open it again; something new does."""
    if kind not in list(HoldKind):
        return problem(404, "no hold is of this kind")
    attribution = load_attribution(_ATTRIBUTION_SCHEMA)
    session = release_hold(
        api_context().deps, identifier, HoldKind(kind), attribution, api_context().now()
    )
    return (
        problem(404, "no such hold is open") if session is None else jsonify(session_json(session))
    )


_MANUAL_HOLD_SCHEMA, _ATTRIBUTION_SCHEMA = ManualHoldSchema(), AttributionSchema()
