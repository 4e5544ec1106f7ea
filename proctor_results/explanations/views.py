"""`/sessions/<identifier>/decisions`: why a session is as it is."""

from typing import Any

from proctor_results.api import auth
from proctor_results.api.blueprint import LMS_SECURITY, PROBLEMS, ApiBlueprint
from proctor_results.api.context import api_context
from proctor_results.api.fields import PaginationSchema
from proctor_results.api.problems import abort_with_problem
from proctor_results.explanations.explain_session import explain_session
from proctor_results.explanations.schemas import DecisionsSchema

decisions = ApiBlueprint("decisions", __name__, description="Why a session is as it is")


@decisions.route("/sessions/<identifier:identifier>/decisions")
@decisions.doc(security=LMS_SECURITY)
@decisions.response(200, DecisionsSchema, description="The page, the oldest first")
@decisions.problems({**PROBLEMS, 404: "No such session", 422: "No such page"})
@auth.requires("lms")
@decisions.arguments(PaginationSchema(), location="query")
def explain(page: dict[str, Any], identifier: str) -> dict[str, Any]:
    """List the decisions about a session: when, by which cause and rule, and from which data.

    Each page evaluates everything before it again, so later pages take longer.
    """
    explanation = explain_session(api_context().deps, identifier, page["after"], page["limit"])
    if explanation is None:
        abort_with_problem(404, "no session has this identifier")
    explained = explanation.decisions
    return {
        "identifier": identifier,
        "decisions": explained,
        "next": str(explained[-1].decision.revision if explained else page["after"]),
        "more": len(explained) == page["limit"],
    }
