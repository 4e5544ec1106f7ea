"""`/sessions/<identifier>/decisions`: why a session is as it is."""

from typing import Any

from flask import Response, jsonify
from flask_smorest import Blueprint

from proctor_results.flows.explain_session import explain_session
from proctor_results.web import guards
from proctor_results.web.decision_json import DecisionsSchema, decision_json
from proctor_results.web.front_door import front_door
from proctor_results.web.page_json import PageSchema
from proctor_results.web.problems import problem, refuses
from proctor_results.web.sessions import LMS

decisions = Blueprint("decisions", __name__, description="Why a session is as it is")


@decisions.route("/sessions/<identifier:identifier>/decisions")
@decisions.doc(security=LMS)
@decisions.alt_response(200, schema=DecisionsSchema, description="The page, the oldest first")
@refuses(
    decisions,
    {
        401: "No key, or a wrong one",
        404: "No such session",
        422: "No such page can be",
        503: "The database cannot be reached; ask again",
    },
)
@guards.for_lms
@decisions.arguments(PageSchema, location="query")
def explain(page: dict[str, Any], identifier: str) -> Response:
    """All that was decided about the session: when, by what or whom, by which rule, and on what it rests.

    Each page judges again all that came before it, so that one far from the beginning takes longer.
    """
    explained = explain_session(front_door().house, identifier, page["after"], page["limit"])
    if explained is None:
        return problem(404, "no session has this identifier")
    shown = [decision_json(each) for each in explained.decisions]
    last = explained.decisions[-1].decision.revision if shown else page["after"]
    return jsonify(identifier=identifier, decisions=shown, next=str(last), more=len(shown) == page["limit"])
