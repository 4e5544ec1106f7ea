"""`GET /metrics`: what Prometheus scrapes, the same from whichever process answers."""

from flask import Response
from flask_smorest import Blueprint
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

from proctor_results.api import auth
from proctor_results.api.context import api_context
from proctor_results.api.problems import document_problems
from proctor_results.metrics.exposition import PrometheusCollector
from proctor_results.metrics.snapshot import collect_metrics

prometheus = Blueprint("prometheus", __name__, description="What Prometheus scrapes")


@prometheus.route("/metrics")
@prometheus.doc(security=[{"metricsKey": []}, {"metricsBearer": []}])
@prometheus.alt_response(200, content_type="text/plain", description="The metrics")
@document_problems(
    prometheus, {401: "No key, or a wrong one", 503: "The database cannot be reached"}
)
@auth.metrics_key_required
def scrape() -> Response:
    """How much has happened and how much is waiting, added up over all processes, in Prometheus' text format."""
    context = api_context()
    snapshot = collect_metrics(context.deps, context.now())
    collector = PrometheusCollector(
        snapshot,
        vendors=tuple(context.vendors),
        targets=tuple(target.name for target in context.deps.targets),
    )
    return Response(generate_latest(collector), content_type=CONTENT_TYPE_PLAIN_0_0_4)
