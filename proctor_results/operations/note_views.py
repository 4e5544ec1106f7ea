"""`POST /sessions/<identifier>/notes`: what somebody wants to be remembered of a session."""

from flask import Response, jsonify
from flask_smorest import Blueprint
from marshmallow import Schema

from proctor_results.api import auth
from proctor_results.api.context import api_context
from proctor_results.api.problems import document_problems, problem
from proctor_results.api.request_body import load_body, request_body_spec
from proctor_results.api.text import NonEmptyText
from proctor_results.operations.attribution import Attribution
from proctor_results.operations.note import add_note
from proctor_results.operations.schemas import OPERATION_PROBLEMS
from proctor_results.sessions.schemas import SessionSchema, session_json
from proctor_results.sessions.views import LMS_SECURITY

notes = Blueprint("notes", __name__, description="Noting something about a session")


class NoteSchema(Schema):
    """Who notes what."""

    actor = NonEmptyText(required=True, metadata={"description": "whose note it is"})
    note = NonEmptyText(max_length=2000, required=True, metadata={"description": "in their words"})


@notes.route("/sessions/<identifier:identifier>/notes", methods=["POST"])
@notes.doc(security=LMS_SECURITY, requestBody=request_body_spec(NoteSchema))
@notes.alt_response(200, schema=SessionSchema, description="The session, which is as it was")
@document_problems(notes, OPERATION_PROBLEMS)
@auth.lms_key_required
def note(identifier: str) -> Response:
    """Adds a note to the session's decisions. It changes nothing else, and is told to nobody who does not ask."""
    payload = load_body(_NOTE_SCHEMA)
    attribution = Attribution(actor=payload["actor"], reason=payload["note"])
    session = add_note(api_context().deps, identifier, attribution, api_context().now())
    return (
        problem(404, "no session has this identifier")
        if session is None
        else jsonify(session_json(session))
    )


_NOTE_SCHEMA = NoteSchema()
