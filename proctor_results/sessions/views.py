"""`GET /sessions` and `GET /sessions/<identifier>`: the LMS reads sessions."""

from typing import Any

from flask import Response, jsonify, request

from proctor_results import __version__
from proctor_results.api import auth
from proctor_results.api.blueprint import LMS_SECURITY, PROBLEMS, ApiBlueprint
from proctor_results.api.context import api_context
from proctor_results.api.fields import PaginationSchema
from proctor_results.api.problems import problem
from proctor_results.operations.change_feed import list_changes
from proctor_results.sessions import repository
from proctor_results.sessions.schemas import ChangesSchema, SessionSchema, session_json

sessions = ApiBlueprint("sessions", __name__, description="Sessions for the LMS")


@sessions.route("/sessions")
@sessions.doc(security=LMS_SECURITY)
@sessions.response(200, ChangesSchema, description="The page")
@sessions.problems({**PROBLEMS, 422: "No such page"})
@auth.requires("lms")
@sessions.arguments(PaginationSchema(), location="query")
def changes(page: dict[str, Any]) -> dict[str, Any]:
    """List the sessions that changed since `after`, in the order of their last change.

    Each is listed once, as it is now. No change is ever skipped: one that happens after a request
    comes after the `next` of its answer.
    """
    changed = list_changes(api_context().deps, page["after"], page["limit"])
    return {
        "sessions": [session for _, session in changed],
        "next": str(changed[-1][0] if changed else page["after"]),
        "more": len(changed) == page["limit"],
    }


@sessions.route("/sessions/<identifier:identifier>")
@sessions.doc(
    security=LMS_SECURITY,
    parameters=[{"in": "header", "name": "If-None-Match", "schema": {"type": "string"}}],
)
@sessions.alt_response(
    200,
    schema=SessionSchema,
    description="The session",
    headers={"ETag": {"schema": {"type": "string"}}},
)
@sessions.alt_response(304, description="Unchanged since the ETag given as If-None-Match")
@sessions.problems({**PROBLEMS, 404: "No such session"})
@auth.requires("lms")
def show(identifier: str) -> Response:
    """Return the session as it is now. Its ETag changes when any part of it does."""
    session = repository.get(api_context().deps.database, identifier)
    if session is None:
        return problem(404, "no session has this identifier")
    response = jsonify(session_json(session))
    response.set_etag(f"{session.revision}-{__version__}")
    if request.if_none_match:
        response.make_conditional(request)
    return response
