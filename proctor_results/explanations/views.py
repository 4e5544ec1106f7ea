"""`/sessions/<identifier>/decisions`: why a session is as it is."""

from typing import Any

from flask import Response, jsonify
from flask_smorest import Blueprint

from proctor_results.api import auth
from proctor_results.api.context import api_context
from proctor_results.api.pagination import PaginationSchema
from proctor_results.api.problems import document_problems, problem
from proctor_results.explanations.explain_session import explain_session
from proctor_results.explanations.schemas import DecisionsSchema, decision_json
from proctor_results.sessions.views import LMS_SECURITY

decisions = Blueprint("decisions", __name__, description="Why a session is as it is")


@decisions.route("/sessions/<identifier:identifier>/decisions")
@decisions.doc(security=LMS_SECURITY)
@decisions.alt_response(200, schema=DecisionsSchema, description="The page, the oldest first")
@document_problems(
    decisions,
    {
        401: "No key, or a wrong one",
        404: "No such session",
        422: "No such page can be",
        503: "The database cannot be reached; ask again",
    },
)
@auth.lms_key_required
@decisions.arguments(PaginationSchema, location="query")
def explain(page: dict[str, Any], identifier: str) -> Response:
    """All that was decided about the session: when, by what or whom, by which rule, and on what it rests.

    Each page judges again all that came before it, so that one far from the beginning takes longer.
    """
    explanation = explain_session(api_context().deps, identifier, page["after"], page["limit"])
    if explanation is None:
        return problem(404, "no session has this identifier")
    items = [decision_json(explained_decision) for explained_decision in explanation.decisions]
    last = explanation.decisions[-1].decision.revision if items else page["after"]
    return jsonify(
        identifier=identifier, decisions=items, next=str(last), more=len(items) == page["limit"]
    )
