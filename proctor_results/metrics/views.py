"""`/healthz`, `/readyz` and `/metrics`: for platforms and for Prometheus."""

from flask import Response
from marshmallow import Schema, fields
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

from proctor_results.api import auth
from proctor_results.api.blueprint import PROBLEMS, ApiBlueprint
from proctor_results.api.context import api_context
from proctor_results.database.connection import DatabaseUnavailable
from proctor_results.metrics.exposition import PrometheusCollector
from proctor_results.metrics.readiness import Readiness, check_readiness

health = ApiBlueprint("health", __name__, description="Health and metrics")


class ReadinessSchema(Schema):
    """Says which parts work. Ages are in seconds."""

    ready = fields.Boolean(required=True)
    database = fields.Boolean(required=True, metadata={"description": "answers"})
    schema = fields.Boolean(
        required=True,
        attribute="schema_current",
        metadata={"description": "is at this version's; else `db upgrade`"},
    )
    worker = fields.Boolean(
        required=True,
        attribute="worker_is_running",
        metadata={"description": "one has been seen in the last 30 seconds"},
    )
    worker_seen = fields.Float(required=True, allow_none=True, attribute="worker_last_seen_seconds")
    accepting_heartbeats = fields.Boolean(
        required=True,
        attribute="accepts_heartbeats",
        metadata={"description": "else no session is locked for silence"},
    )
    oldest_undelivered = fields.Float(
        required=True, allow_none=True, attribute="oldest_pending_seconds"
    )
    failed_deliveries = fields.Integer(
        required=True,
        attribute="failed_delivery_count",
        metadata={"description": "messages that wait for `deliveries retry`"},
    )


@health.route("/healthz")
@health.alt_response(200, content_type="text/plain", description="Alive")
@auth.public
def healthz() -> Response:
    """Answer without using anything else."""
    return Response("ok\n", content_type="text/plain")


@health.route("/readyz")
@health.response(200, ReadinessSchema, description="Ready")
@health.alt_response(503, schema=ReadinessSchema, description="Not ready; the body says why")
@auth.public
def readyz() -> tuple[Readiness, int]:
    """Answer whether the database has current tables and a worker runs.

    Late deliveries are shown, and do not make the service unready.
    """
    try:
        readiness = check_readiness(api_context().deps, api_context().now())
    except DatabaseUnavailable:
        readiness = Readiness(database=False, schema_current=False)
    return readiness, 200 if readiness.ready else 503


@health.route("/metrics")
@health.doc(security=[{"metricsKey": []}, {"metricsBearer": []}])
@health.alt_response(200, content_type="text/plain", description="The metrics")
@health.problems(PROBLEMS)
@auth.requires("metrics")
def scrape() -> Response:
    """Render counters and gauges of all processes in Prometheus' text format."""
    context = api_context()
    collector = PrometheusCollector(context.deps, tuple(context.vendors), context.now())
    return Response(generate_latest(collector), content_type=CONTENT_TYPE_PLAIN_0_0_4)
