"""What a learner's browser sends: heartbeats, and the metrics that the vendor's script measured."""

import hashlib
from typing import Any

from flask import Response, g, jsonify, request
from flask_smorest import Blueprint
from marshmallow import EXCLUDE, Schema, ValidationError, fields, pre_load, validate

from proctor_results.domain.live import LiveEvent
from proctor_results.domain.receipt import Request
from proctor_results.flows.record_heartbeat import Heartbeat, record_heartbeat
from proctor_results.flows.record_metrics import record_metrics
from proctor_results.web import guards
from proctor_results.web.body import json_object, request_body
from proctor_results.web.front_door import front_door
from proctor_results.web.problems import Problem, problem, refuse

BROWSER: list[dict[str, list[str]]] = [{"launchToken": []}]
HUGE = 2**53

heartbeats = Blueprint("heartbeats", __name__, description="What a learner's browser sends")


class HeartbeatSchema(Schema):
    """A heartbeat, in our short form or in that of the page scripts that send `LearnerExternalID` and its kin."""

    class Meta:
        unknown = EXCLUDE

    count = fields.Integer(load_default=0, validate=validate.Range(0, HUGE), metadata={"description": "beats so far"})
    stop = fields.Boolean(load_default=False, metadata={"description": "proctoring has ended as it should"})
    student = fields.String(validate=validate.Length(1, 200))
    course = fields.String(validate=validate.Length(1, 200))
    exam = fields.String(validate=validate.Length(1, 200))
    activity = fields.String(validate=validate.Length(1, 200))

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
@heartbeats.doc(security=BROWSER, requestBody={"content": {"application/json": {"schema": HeartbeatSchema}}})
@heartbeats.alt_response(200, schema=PulseSchema, description="Heard")
@heartbeats.alt_response(400, schema=Problem, description="Not a JSON object")
@heartbeats.alt_response(401, schema=Problem, description="No launch token of this session, or an old one")
@heartbeats.alt_response(404, schema=Problem, description="No such session")
@heartbeats.alt_response(413, schema=Problem, description="More than 64 KiB")
@heartbeats.alt_response(422, schema=Problem, description="Understood, but it cannot be right")
@heartbeats.alt_response(503, schema=Problem, description="The database is away; beat again")
@guards.for_browsers
def beat(identifier: str) -> Response:
    """The browser of a launch is there. The token may stand in the body, as `token`, so that no preflight is needed."""
    said = _valid(_HEARTBEAT, json_object())
    ids = {name: said[name] for name in _IDS if name in said}
    now = front_door().now()
    heartbeat = Heartbeat(
        identifier=identifier, launch=g.launch.number, count=said["count"], stop=said["stop"], ids=ids
    )
    pulse = record_heartbeat(front_door().house, heartbeat, now)
    front_door().ear.hear(now)
    if pulse is None:
        return problem(404, "no session has this identifier")
    next_in_ms = None if pulse.next_in is None else int(pulse.next_in.total_seconds() * 1000)
    return jsonify(locked=pulse.locked, holds=pulse.holds, next_in_ms=next_in_ms)


class MetricsSchema(Schema):
    """The vendor script's metrics event."""

    class Meta:
        unknown = EXCLUDE

    metrics = fields.Dict(
        fields.String(validate=validate.Length(1, 50)),
        fields.Float(allow_none=True, validate=validate.Range(-1e6, 1e6)),
        required=True,
        validate=validate.Length(max=200),
    )
    weights = fields.Dict(
        fields.String(validate=validate.Length(1, 50)),
        fields.Float(allow_none=True, validate=validate.Range(-1e6, 1e6)),
        load_default=dict,
        validate=validate.Length(max=200),
    )
    peak = fields.String(allow_none=True)
    score = fields.Float(allow_none=True, load_default=None, validate=validate.Range(-1e6, 1e6))
    threshold = fields.Float(allow_none=True, load_default=None, validate=validate.Range(0, 100))
    violated = fields.Boolean(allow_none=True)


class JudgedSchema(Schema):
    """What became of an event: the score as recomputed, and whether the exam is locked now."""

    score = fields.Float(required=True)
    locked = fields.Boolean(required=True)
    holds = fields.List(fields.String(), required=True)


@heartbeats.route("/sessions/<identifier:identifier>/metrics", methods=["POST"])
@heartbeats.doc(
    security=[*BROWSER, {"lmsKey": []}, {"lmsBearer": []}],
    requestBody={"required": True, "content": {"application/json": {"schema": MetricsSchema}}},
)
@heartbeats.alt_response(200, schema=JudgedSchema, description="Judged")
@heartbeats.alt_response(400, schema=Problem, description="Not a JSON object")
@heartbeats.alt_response(401, schema=Problem, description="No launch token of this session, and no key of the LMS")
@heartbeats.alt_response(404, schema=Problem, description="No such session")
@heartbeats.alt_response(413, schema=Problem, description="More than 64 KiB")
@heartbeats.alt_response(422, schema=Problem, description="Understood, but it cannot be right")
@heartbeats.alt_response(503, schema=Problem, description="The database is away; send it again")
@guards.for_browsers_and_lms
def measure(identifier: str) -> Response:
    """What the vendor's script measured in the last seconds. It can open a violation, and never close one."""
    event = _event(_valid(_METRICS, json_object()))
    session = record_metrics(front_door().house, identifier, event, _request())
    if session is None:
        return problem(404, "no session has this identifier")
    return jsonify(score=event.score(), locked=session.locked, holds=[hold.kind for hold in session.holds])


def _valid(schema: Schema, document: dict[str, Any]) -> dict[str, Any]:
    try:
        said: dict[str, Any] = schema.load(document)
    except ValidationError as error:
        refuse(422, "some fields cannot be right", error.messages_dict)
    return said


def _event(said: dict[str, Any]) -> LiveEvent:
    """A metric without a weight weighs nothing, and one that is null was not measured."""
    weights = said["weights"]
    weighted = {
        metric: value * (weights.get(metric) or 0) for metric, value in said["metrics"].items() if value is not None
    }
    return LiveEvent(weighted=weighted, threshold=said["threshold"], claimed=said["score"])


def _request() -> Request:
    body = request_body()
    return Request(
        vendor="browser",
        received_at=front_door().now(),
        key_id=g.key_id,
        headers={"User-Agent": request.headers.get("User-Agent", ""), "Remote-Addr": request.remote_addr or ""},
        body=body,
        sha256=hashlib.sha256(body).hexdigest(),
    )


_HEARTBEAT = HeartbeatSchema()
_METRICS = MetricsSchema()
