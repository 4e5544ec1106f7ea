"""`/healthz` and `/readyz`: is it alive, can it work."""

from flask import Response, jsonify
from flask_smorest import Blueprint
from marshmallow import Schema, fields

from proctor_results.flows import LedgerAway
from proctor_results.flows.check_readiness import Readiness, check_readiness
from proctor_results.web import guards
from proctor_results.web.front_door import front_door

health = Blueprint("health", __name__, description="Is it alive, can it work")


class ReadinessSchema(Schema):
    """What is well and what is not. Ages are in seconds."""

    ready = fields.Boolean(required=True)
    database = fields.Boolean(required=True, metadata={"description": "answers"})
    schema = fields.Boolean(required=True, metadata={"description": "is at this version's; else `db upgrade`"})
    worker = fields.Boolean(required=True, metadata={"description": "one has been seen in the last 30 seconds"})
    worker_seen = fields.Float(required=True, allow_none=True)
    listening = fields.Boolean(
        required=True, metadata={"description": "heartbeats are heard; else silence locks nobody"}
    )
    oldest_undelivered = fields.Float(required=True, allow_none=True)
    given_up = fields.Integer(required=True, metadata={"description": "messages that wait for `deliveries retry`"})


@health.route("/healthz")
@health.alt_response(200, description="Alive")
@guards.for_anyone
def alive() -> Response:
    """The process answers. Touches nothing else."""
    return Response("ok\n", content_type="text/plain")


@health.route("/readyz")
@health.alt_response(200, schema=ReadinessSchema, description="Ready")
@health.alt_response(503, schema=ReadinessSchema, description="Not ready; the body says why")
@guards.for_anyone
def ready() -> Response:
    """The database answers, its tables are current, and a worker is at work. Late deliveries are shown."""
    try:
        readiness = check_readiness(front_door().house, front_door().now())
    except LedgerAway:
        return _shown(Readiness(schema_current=False), database=False)
    return _shown(readiness, database=True)


def _shown(readiness: Readiness, *, database: bool) -> Response:
    answer = jsonify(
        ready=readiness.ready,
        database=database,
        schema=readiness.schema_current,
        worker=readiness.worker_alive,
        worker_seen=readiness.worker_seen,
        listening=readiness.listening,
        oldest_undelivered=readiness.oldest_undelivered,
        given_up=readiness.given_up,
    )
    answer.status_code = 200 if readiness.ready else 503
    return answer
