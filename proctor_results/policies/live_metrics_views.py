"""`POST /sessions/<identifier>/metrics`: a browser sends what the vendor's script measured."""

import hashlib
from typing import Any

from flask import g, request
from marshmallow import EXCLUDE, Schema, fields, validate

from proctor_results.api import auth
from proctor_results.api.blueprint import (
    BODY_PROBLEMS,
    BROWSER_SECURITY,
    LMS_SECURITY,
    ApiBlueprint,
    request_body,
)
from proctor_results.api.context import api_context
from proctor_results.api.problems import abort_with_problem
from proctor_results.logs import request_id
from proctor_results.policies.live_rules import LiveMetrics
from proctor_results.policies.record_live_metrics import record_metrics
from proctor_results.sessions.receipt import InboundRequest

metrics = ApiBlueprint("metrics", __name__, description="Metrics that a learner's browser sends")


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


class MetricsResultSchema(Schema):
    """The result: the score as recomputed, and whether the exam is locked now."""

    score = fields.Float(required=True)
    locked = fields.Boolean(required=True)
    holds = fields.List(fields.String(), required=True)


@metrics.route("/sessions/<identifier:identifier>/metrics", methods=["POST"])
@metrics.doc(security=[*BROWSER_SECURITY, *LMS_SECURITY])
@metrics.response(200, MetricsResultSchema, description="Evaluated")
@metrics.problems(
    {
        **BODY_PROBLEMS,
        401: "No launch token of this session, and no key of the LMS",
        404: "No such session",
        503: "The database is away; send it again",
    },
)
@auth.requires("browser_or_lms")
@metrics.arguments(MetricsSchema())
def receive_metrics(payload: dict[str, Any], identifier: str) -> dict[str, Any]:
    """Evaluate what the vendor's script measured last. It can open a violation, never close one."""
    live_metrics = _live_metrics(payload)
    session = record_metrics(api_context().deps, identifier, live_metrics, _inbound_request())
    if session is None:
        abort_with_problem(404, "no session has this identifier")
    return {
        "score": live_metrics.score(),
        "locked": session.locked,
        "holds": [hold.kind for hold in session.holds],
    }


def _live_metrics(payload: dict[str, Any]) -> LiveMetrics:
    """A metric without a weight counts as 0, and one that is null was not measured."""
    weights = payload["weights"]
    weighted = {
        metric: value * (weights.get(metric) or 0)
        for metric, value in payload["metrics"].items()
        if value is not None
    }
    return LiveMetrics(
        weighted_violations=weighted,
        threshold=payload["threshold"],
        reported_score=payload["score"],
    )


def _inbound_request() -> InboundRequest:
    body = request_body()
    return InboundRequest(
        vendor="browser",
        received_at=api_context().now(),
        key_id=g.key_id,
        headers={
            "User-Agent": request.headers.get("User-Agent", ""),
            "Remote-Addr": request.remote_addr or "",
            request_id.HEADER: request_id.current() or "",
        },
        body=body,
        body_sha256=hashlib.sha256(body).hexdigest(),
    )
