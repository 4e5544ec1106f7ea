"""`/sessions`: where the LMS asks."""

from typing import Any

from flask import Response, jsonify, request
from flask_smorest import Blueprint

from proctor_results import __version__
from proctor_results.api import auth
from proctor_results.api.context import api_context
from proctor_results.api.pagination import PaginationSchema
from proctor_results.api.problems import document_problems, problem
from proctor_results.operations.queries import get_session
from proctor_results.sessions.change_feed import list_changes
from proctor_results.sessions.schemas import ChangesSchema, SessionSchema, session_json

LMS_SECURITY: list[dict[str, list[str]]] = [{"lmsKey": []}, {"lmsBearer": []}]

sessions = Blueprint("sessions", __name__, description="Where the LMS asks")


@sessions.route("/sessions")
@sessions.doc(security=LMS_SECURITY)
@sessions.alt_response(200, schema=ChangesSchema, description="The page")
@document_problems(
    sessions,
    {
        401: "No key, or a wrong one",
        422: "No such page can be",
        503: "The database cannot be reached; ask again",
    },
)
@auth.lms_key_required
@sessions.arguments(PaginationSchema, location="query")
def changes(page: dict[str, Any]) -> Response:
    """The sessions that have changed since `after`, each once and as it is now, in the order of their last change.

    Nothing is ever skipped: whatever changes after you asked comes after the `next` that you were given.
    """
    changed = list_changes(api_context().deps, page["after"], page["limit"])
    last = changed[-1][0] if changed else page["after"]
    items = [session_json(session) for _, session in changed]
    return jsonify(sessions=items, next=str(last), more=len(changed) == page["limit"])


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
@document_problems(
    sessions,
    {
        401: "No key, or a wrong one",
        404: "No such session",
        503: "The database cannot be reached; ask again",
    },
)
@auth.lms_key_required
def show(identifier: str) -> Response:
    """The session as it is now. Its ETag changes when anything of it does."""
    session = get_session(api_context().deps, identifier)
    if session is None:
        return problem(404, "no session has this identifier")
    response = jsonify(session_json(session))
    response.set_etag(f"{session.revision}-{__version__}")
    if request.if_none_match:
        response.make_conditional(request)
    return response
