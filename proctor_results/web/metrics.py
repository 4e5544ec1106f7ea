"""`POST /sessions/<identifier>/metrics`: what the vendor's script measured in a learner's browser."""

import hashlib
from typing import Any

from flask import Response, g, jsonify, request
from flask_smorest import Blueprint
from marshmallow import EXCLUDE, Schema, fields, validate

from proctor_results import request_id
from proctor_results.domain.live import LiveEvent
from proctor_results.domain.receipt import Request
from proctor_results.flows.record_metrics import record_metrics
from proctor_results.web import guards
from proctor_results.web.body import REFUSALS, body_of, request_body, valid_body
from proctor_results.web.front_door import front_door
from proctor_results.web.heartbeats import BROWSER
from proctor_results.web.problems import problem, refuses
from proctor_results.web.sessions import LMS

metrics = Blueprint("metrics", __name__, description="Where a learner's browser relays what was measured in it")


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


@metrics.route("/sessions/<identifier:identifier>/metrics", methods=["POST"])
@metrics.doc(
    security=[*BROWSER, *LMS],
    requestBody=body_of(MetricsSchema),
)
@metrics.alt_response(200, schema=JudgedSchema, description="Judged")
@refuses(
    metrics,
    {
        **REFUSALS,
        401: "No launch token of this session, and no key of the LMS",
        404: "No such session",
        503: "The database is away; send it again",
    },
)
@guards.for_browsers_and_lms
def measure(identifier: str) -> Response:
    """What the vendor's script measured in the last seconds. It can open a violation, and never close one."""
    event = _event(valid_body(_METRICS))
    session = record_metrics(front_door().house, identifier, event, _request())
    if session is None:
        return problem(404, "no session has this identifier")
    return jsonify(score=event.score(), locked=session.locked, holds=[hold.kind for hold in session.holds])


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
        headers={
            "User-Agent": request.headers.get("User-Agent", ""),
            "Remote-Addr": request.remote_addr or "",
            request_id.HEADER: request_id.current() or "",
        },
        body=body,
        sha256=hashlib.sha256(body).hexdigest(),
    )


_METRICS = MetricsSchema()
