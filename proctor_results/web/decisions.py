"""`/sessions/<identifier>/decisions`: why a session is as it is."""

from flask import Response, jsonify
from flask_smorest import Blueprint

from proctor_results.flows.explain_session import explain_session
from proctor_results.web import guards
from proctor_results.web.decision_json import DecisionsSchema, decision_json
from proctor_results.web.front_door import front_door
from proctor_results.web.problems import problem, refuses
from proctor_results.web.sessions import LMS

decisions = Blueprint("decisions", __name__, description="Why a session is as it is")


@decisions.route("/sessions/<identifier:identifier>/decisions")
@decisions.doc(security=LMS)
@decisions.alt_response(200, schema=DecisionsSchema, description="The decisions, the oldest first")
@refuses(
    decisions,
    {
        401: "No key, or a wrong one",
        404: "No such session",
        503: "The database cannot be reached; ask again",
    },
)
@guards.for_lms
def explain(identifier: str) -> Response:
    """All that was decided about the session: when, by what or whom, by which rule, and on what it rests."""
    explained = explain_session(front_door().house, identifier)
    if explained is None:
        return problem(404, "no session has this identifier")
    return jsonify(identifier=identifier, decisions=[decision_json(each) for each in explained.decisions])
