"""`/healthz` and `/readyz`: is it alive, can it work."""

from flask import Response, jsonify
from flask_smorest import Blueprint
from marshmallow import Schema, fields

from proctor_results.api import auth
from proctor_results.api.context import api_context
from proctor_results.database.connection import DatabaseUnavailable
from proctor_results.metrics.readiness import Readiness, check_readiness

health = Blueprint("health", __name__, description="Is it alive, can it work")


class ReadinessSchema(Schema):
    """What is well and what is not. Ages are in seconds."""

    ready = fields.Boolean(required=True)
    database = fields.Boolean(required=True, metadata={"description": "answers"})
    schema = fields.Boolean(
        required=True, metadata={"description": "is at this version's; else `db upgrade`"}
    )
    worker = fields.Boolean(
        required=True, metadata={"description": "one has been seen in the last 30 seconds"}
    )
    worker_seen = fields.Float(required=True, allow_none=True)
    accepting_heartbeats = fields.Boolean(
        required=True, metadata={"description": "heartbeats are heard; else silence locks nobody"}
    )
    oldest_undelivered = fields.Float(required=True, allow_none=True)
    given_up = fields.Integer(
        required=True, metadata={"description": "messages that wait for `deliveries retry`"}
    )


@health.route("/healthz")
@health.alt_response(200, description="Alive")
@auth.public
def healthz() -> Response:
    """The process answers. Touches nothing else."""
    return Response("ok\n", content_type="text/plain")


@health.route("/readyz")
@health.alt_response(200, schema=ReadinessSchema, description="Ready")
@health.alt_response(503, schema=ReadinessSchema, description="Not ready; the body says why")
@auth.public
def readyz() -> Response:
    """The database answers, its tables are current, and a worker is at work. Late deliveries are shown."""
    try:
        readiness = check_readiness(api_context().deps, api_context().now())
    except DatabaseUnavailable:
        return _response(Readiness(schema_current=False), database=False)
    return _response(readiness, database=True)


def _response(readiness: Readiness, *, database: bool) -> Response:
    response = jsonify(
        ready=readiness.ready,
        database=database,
        schema=readiness.schema_current,
        worker=readiness.worker_is_running,
        worker_seen=readiness.worker_last_seen_seconds,
        accepting_heartbeats=readiness.accepts_heartbeats,
        oldest_undelivered=readiness.oldest_pending_seconds,
        given_up=readiness.failed_delivery_count,
    )
    response.status_code = 200 if readiness.ready else 503
    return response
