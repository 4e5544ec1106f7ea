"""`/sessions`: where the LMS asks."""

from typing import Any

from flask import Response, jsonify, request
from flask_smorest import Blueprint

from proctor_results import __version__
from proctor_results.flows.list_changes import list_changes
from proctor_results.flows.show_session import show_session
from proctor_results.web import guards
from proctor_results.web.front_door import front_door
from proctor_results.web.page_json import PageSchema
from proctor_results.web.problems import problem, refuses
from proctor_results.web.session_json import ChangesSchema, SessionSchema, session_json

LMS: list[dict[str, list[str]]] = [{"lmsKey": []}, {"lmsBearer": []}]

sessions = Blueprint("sessions", __name__, description="Where the LMS asks")


@sessions.route("/sessions")
@sessions.doc(security=LMS)
@sessions.alt_response(200, schema=ChangesSchema, description="The page")
@refuses(
    sessions,
    {
        401: "No key, or a wrong one",
        422: "No such page can be",
        503: "The database cannot be reached; ask again",
    },
)
@guards.for_lms
@sessions.arguments(PageSchema, location="query")
def changes(page: dict[str, Any]) -> Response:
    """The sessions that have changed since `after`, each once and as it is now, in the order of their last change.

    Nothing is ever skipped: whatever changes after you asked comes after the `next` that you were given.
    """
    changed = list_changes(front_door().house, page["after"], page["limit"])
    last = changed[-1][0] if changed else page["after"]
    shown = [session_json(session) for _, session in changed]
    return jsonify(sessions=shown, next=str(last), more=len(changed) == page["limit"])


@sessions.route("/sessions/<identifier:identifier>")
@sessions.doc(security=LMS, parameters=[{"in": "header", "name": "If-None-Match", "schema": {"type": "string"}}])
@sessions.alt_response(
    200, schema=SessionSchema, description="The session", headers={"ETag": {"schema": {"type": "string"}}}
)
@sessions.alt_response(304, description="Unchanged since the ETag given as If-None-Match")
@refuses(
    sessions,
    {
        401: "No key, or a wrong one",
        404: "No such session",
        503: "The database cannot be reached; ask again",
    },
)
@guards.for_lms
def show(identifier: str) -> Response:
    """The session as it is now. Its ETag changes when anything of it does."""
    session = show_session(front_door().house, identifier)
    if session is None:
        return problem(404, "no session has this identifier")
    answer = jsonify(session_json(session))
    answer.set_etag(f"{session.revision}-{__version__}")
    if request.if_none_match:
        answer.make_conditional(request)
    return answer
