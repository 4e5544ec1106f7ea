"""`POST /sessions/<identifier>/heartbeats`: a learner's browser reports that it is there."""

from datetime import datetime
from typing import Any

from flask import Response, g, jsonify
from marshmallow import EXCLUDE, Schema, fields, pre_load, validate

from proctor_results.api import auth
from proctor_results.api.blueprint import BODY_PROBLEMS, BROWSER_SECURITY, ApiBlueprint
from proctor_results.api.context import api_context
from proctor_results.api.fields import NonEmptyText
from proctor_results.api.problems import problem
from proctor_results.database.connection import DatabaseUnavailable
from proctor_results.heartbeats.record_heartbeat import (
    Heartbeat,
    HeartbeatResponse,
    record_heartbeat,
)

MAX_SAFE_INTEGER = 2**53

heartbeats = ApiBlueprint("heartbeats", __name__, description="Heartbeats of the learner's browser")


class HeartbeatSchema(Schema):
    """A heartbeat, with our field names or with `LearnerExternalID`, `AliveCount` and so on."""

    class Meta:
        unknown = EXCLUDE

    count = fields.Integer(
        load_default=0,
        allow_none=True,
        validate=validate.Range(0, MAX_SAFE_INTEGER),
        metadata={"description": "heartbeats sent so far"},
    )
    stop = fields.Boolean(
        load_default=False, allow_none=True, metadata={"description": "the exam has ended"}
    )
    student = NonEmptyText(allow_none=True)
    course = NonEmptyText(allow_none=True)
    exam = NonEmptyText(allow_none=True)
    activity = NonEmptyText(allow_none=True)

    @pre_load
    def _normalize_field_names(self, payload: dict[str, Any], **_: object) -> dict[str, Any]:
        """Pages write `Id` and `ID`; case does not matter."""
        renamed = {_FIELD_ALIASES.get(name.lower(), name): value for name, value in payload.items()}
        return {name: value for name, value in renamed.items() if value is not None}


_FIELD_ALIASES = {
    "learnerexternalid": "student",
    "courseexternalid": "course",
    "examexternalid": "exam",
    "proctorexternalid": "activity",
    "alivecount": "count",
    "stopproctor": "stop",
}
_ID_FIELDS = ("student", "course", "exam", "activity")


class HeartbeatResponseSchema(Schema):
    """The answer to a heartbeat."""

    locked = fields.Boolean(required=True)
    holds = fields.List(
        fields.String(), required=True, metadata={"description": "why the exam is locked"}
    )
    next_in_ms = fields.Integer(
        required=True, allow_none=True, metadata={"description": "null: send no more"}
    )


@heartbeats.route("/sessions/<identifier:identifier>/heartbeats", methods=["POST"])
@heartbeats.doc(security=BROWSER_SECURITY)
@heartbeats.alt_response(200, schema=HeartbeatResponseSchema, description="Recorded")
@heartbeats.problems(
    {
        **BODY_PROBLEMS,
        401: "No launch token of this session, or an old one",
        404: "No such session",
        503: "The database cannot be reached; send the heartbeat again",
    },
)
@auth.requires("browser")
@heartbeats.arguments(HeartbeatSchema())
def receive_heartbeat(payload: dict[str, Any], identifier: str) -> Response:
    """Record a heartbeat of a launch. A token in the body spares a preflight."""
    ids = {name: payload[name] for name in _ID_FIELDS if name in payload}
    now = api_context().now()
    heartbeat = Heartbeat(
        identifier=identifier,
        launch=g.launch.number,
        client_count=payload["count"],
        stop=payload["stop"],
        ids=ids,
    )
    response = _record(heartbeat, now)
    if response is None:
        return problem(404, "no session has this identifier")
    next_in_ms = (
        None
        if response.next_heartbeat_in is None
        else int(response.next_heartbeat_in.total_seconds() * 1000)
    )
    return jsonify(locked=response.locked, holds=response.holds, next_in_ms=next_in_ms)


def _record(heartbeat: Heartbeat, now: datetime) -> HeartbeatResponse | None:
    context = api_context()
    try:
        response = record_heartbeat(context.deps, heartbeat, now)
    except DatabaseUnavailable:
        context.liveness_reporter.heartbeat_lost = True
        raise
    context.liveness_reporter.last_heartbeat_at = now
    return response
