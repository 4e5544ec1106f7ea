"""`POST /sessions/<identifier>/heartbeats`: a learner's browser says that it is there."""

from datetime import datetime
from typing import Any

from flask import Response, g, jsonify
from flask_smorest import Blueprint
from marshmallow import EXCLUDE, Schema, fields, pre_load, validate

from proctor_results.flows import LedgerAway
from proctor_results.flows.record_heartbeat import Heartbeat, Pulse, record_heartbeat
from proctor_results.web import guards
from proctor_results.web.body import REFUSALS, body_of, valid_body
from proctor_results.web.front_door import front_door
from proctor_results.web.problems import problem, refuses
from proctor_results.web.text import Text

BROWSER: list[dict[str, list[str]]] = [{"launchToken": []}]
HUGE = 2**53

heartbeats = Blueprint("heartbeats", __name__, description="Where a learner's browser says that it is there")


class HeartbeatSchema(Schema):
    """A heartbeat, in our short form or in that of the page scripts that send `LearnerExternalID` and its kin."""

    class Meta:
        unknown = EXCLUDE

    count = fields.Integer(load_default=0, validate=validate.Range(0, HUGE), metadata={"description": "beats so far"})
    stop = fields.Boolean(load_default=False, metadata={"description": "proctoring has ended as it should"})
    student = Text()
    course = Text()
    exam = Text()
    activity = Text()

    @pre_load
    def _long_form(self, said: dict[str, Any], **_: object) -> dict[str, Any]:
        """Their spelling is uneven; `Id` and `ID` mean the same."""
        ours = {_LONG_FORM.get(name.lower(), name): value for name, value in said.items()}
        return {name: value for name, value in ours.items() if value is not None}


_LONG_FORM = {
    "learnerexternalid": "student",
    "courseexternalid": "course",
    "examexternalid": "exam",
    "proctorexternalid": "activity",
    "alivecount": "count",
    "stopproctor": "stop",
}
_IDS = ("student", "course", "exam", "activity")


class PulseSchema(Schema):
    """What the page is told."""

    locked = fields.Boolean(required=True)
    holds = fields.List(fields.String(), required=True, metadata={"description": "why the exam is locked"})
    next_in_ms = fields.Integer(required=True, allow_none=True, metadata={"description": "null: send no more"})


@heartbeats.route("/sessions/<identifier:identifier>/heartbeats", methods=["POST"])
@heartbeats.doc(security=BROWSER, requestBody=body_of(HeartbeatSchema))
@heartbeats.alt_response(200, schema=PulseSchema, description="Heard")
@refuses(
    heartbeats,
    {
        **REFUSALS,
        401: "No launch token of this session, or an old one",
        404: "No such session",
        503: "The database is away; beat again",
    },
)
@guards.for_browsers
def beat(identifier: str) -> Response:
    """The browser of a launch is there. The token may stand in the body, as `token`, so that no preflight is needed."""
    said = valid_body(_HEARTBEAT)
    ids = {name: said[name] for name in _IDS if name in said}
    now = front_door().now()
    heartbeat = Heartbeat(
        identifier=identifier, launch=g.launch.number, count=said["count"], stop=said["stop"], ids=ids
    )
    pulse = _recorded(heartbeat, now)
    if pulse is None:
        return problem(404, "no session has this identifier")
    next_in_ms = None if pulse.next_in is None else int(pulse.next_in.total_seconds() * 1000)
    return jsonify(locked=pulse.locked, holds=pulse.holds, next_in_ms=next_in_ms)


def _recorded(heartbeat: Heartbeat, now: datetime) -> Pulse | None:
    door = front_door()
    try:
        pulse = record_heartbeat(door.house, heartbeat, now)
    except LedgerAway:
        door.ear.miss()
        raise
    door.ear.hear(now)
    return pulse


_HEARTBEAT = HeartbeatSchema()
