"""`/sessions/<identifier>/outcome`: an operator overrules it, or takes that back."""

from flask import Response, jsonify
from flask_smorest import Blueprint
from marshmallow import fields, validate

from proctor_results.api import auth
from proctor_results.api.context import api_context
from proctor_results.api.problems import document_problems, problem
from proctor_results.api.request_body import load_body, request_body_spec
from proctor_results.operations.attribution import Attribution
from proctor_results.operations.override import (
    OVERRIDE_OUTCOMES,
    override_outcome,
    withdraw_override,
)
from proctor_results.operations.schemas import (
    OPERATION_PROBLEMS,
    AttributionSchema,
    load_attribution,
)
from proctor_results.sessions.enums import Outcome
from proctor_results.sessions.schemas import SessionSchema, session_json
from proctor_results.sessions.views import LMS_SECURITY

outcomes = Blueprint("outcomes", __name__, description="Overruling an outcome by hand")


class OverrideSchema(AttributionSchema):
    """An outcome in an operator's word."""

    outcome = fields.String(required=True, validate=validate.OneOf([*OVERRIDE_OUTCOMES]))


@outcomes.route("/sessions/<identifier:identifier>/outcome", methods=["PUT"])
@outcomes.doc(security=LMS_SECURITY, requestBody=request_body_spec(OverrideSchema))
@outcomes.alt_response(200, schema=SessionSchema, description="The session with that outcome")
@document_problems(outcomes, OPERATION_PROBLEMS)
@auth.lms_key_required
def override(identifier: str) -> Response:
    """Overrules the outcome. It stands until it is withdrawn, or a proctor signs a newer verdict. Repeating is safe."""
    payload = load_body(_OVERRIDE_SCHEMA)
    attribution = Attribution(actor=payload["actor"], reason=payload["reason"])
    outcome = Outcome(payload["outcome"])
    session = override_outcome(
        api_context().deps, identifier, outcome, attribution, api_context().now()
    )
    return (
        problem(404, "no session has this identifier")
        if session is None
        else jsonify(session_json(session))
    )


@outcomes.route("/sessions/<identifier:identifier>/outcome", methods=["DELETE"])
@outcomes.doc(security=LMS_SECURITY, requestBody=request_body_spec(AttributionSchema))
@outcomes.alt_response(200, schema=SessionSchema, description="The session as its reports have it")
@document_problems(
    outcomes, {**OPERATION_PROBLEMS, 404: "No such session, or its outcome is not overruled"}
)
@auth.lms_key_required
def withdraw(identifier: str) -> Response:
    """Takes the override back: the outcome is again what the reports say."""
    attribution = load_attribution(_ATTRIBUTION_SCHEMA)
    session = withdraw_override(api_context().deps, identifier, attribution, api_context().now())
    return (
        problem(404, "there is no override to withdraw")
        if session is None
        else jsonify(session_json(session))
    )


_OVERRIDE_SCHEMA, _ATTRIBUTION_SCHEMA = OverrideSchema(), AttributionSchema()
