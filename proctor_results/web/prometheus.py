"""`GET /metrics`: what Prometheus scrapes, the same from whichever process answers."""

from flask import Response
from flask_smorest import Blueprint
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

from proctor_results.flows.take_stock import take_stock
from proctor_results.web import guards
from proctor_results.web.exposition import Exposition
from proctor_results.web.front_door import front_door
from proctor_results.web.problems import refuses

prometheus = Blueprint("prometheus", __name__, description="What Prometheus scrapes")


@prometheus.route("/metrics")
@prometheus.doc(security=[{"metricsKey": []}, {"metricsBearer": []}])
@prometheus.alt_response(200, content_type="text/plain", description="The metrics")
@refuses(prometheus, {401: "No key, or a wrong one", 503: "The database cannot be reached"})
@guards.for_watchers
def scrape() -> Response:
    """How much has happened and how much is waiting, added up over all processes, in Prometheus' text format."""
    door = front_door()
    stock = take_stock(door.house, door.now())
    shown = Exposition(stock, vendors=tuple(door.vendors), targets=tuple(each.name for each in door.house.targets))
    return Response(generate_latest(shown), content_type=CONTENT_TYPE_PLAIN_0_0_4)
