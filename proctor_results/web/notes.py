"""`POST /sessions/<identifier>/notes`: what somebody wants to be remembered of a session."""

from flask import Response, jsonify
from flask_smorest import Blueprint
from marshmallow import Schema

from proctor_results.flows.hand import Hand
from proctor_results.flows.note_by_hand import note_by_hand
from proctor_results.web import guards
from proctor_results.web.body import body_of, valid_body
from proctor_results.web.front_door import front_door
from proctor_results.web.hands import REFUSALS
from proctor_results.web.problems import problem, refuses
from proctor_results.web.session_json import SessionSchema, session_json
from proctor_results.web.sessions import LMS
from proctor_results.web.text import Text

notes = Blueprint("notes", __name__, description="Noting something about a session")


class NoteSchema(Schema):
    """Who notes what."""

    actor = Text(required=True, metadata={"description": "whose note it is"})
    note = Text(at_most=2000, required=True, metadata={"description": "in their words"})


@notes.route("/sessions/<identifier:identifier>/notes", methods=["POST"])
@notes.doc(security=LMS, requestBody=body_of(NoteSchema))
@notes.alt_response(200, schema=SessionSchema, description="The session, which is as it was")
@refuses(notes, REFUSALS)
@guards.for_lms
def note(identifier: str) -> Response:
    """Adds a note to the session's decisions. It changes nothing else, and is told to nobody who does not ask."""
    said = valid_body(_NOTE)
    hand = Hand(actor=said["actor"], reason=said["note"])
    session = note_by_hand(front_door().house, identifier, hand, front_door().now())
    return problem(404, "no session has this identifier") if session is None else jsonify(session_json(session))


_NOTE = NoteSchema()
