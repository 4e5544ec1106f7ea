"""Webhooks that are accepted and durable, against the empty view."""

import json

from bench.conditions import Conditions
from bench.load.plan import MARK, request
from bench.row import Figure, Promise, Row
from bench.site import Site, both
from bench.verify import rows
from bench.versus import against_empty
from proctor_results.sandbox.bodies import captured, compact

STORED = (
    rows("sessions", "session"),
    rows("receipts", "receipt", "verdict = 'applied'"),
    rows("decisions", "decision"),
    rows("messages due", "delivery", "topic = 'outcome'"),
)


def result(site: Site) -> bytes:
    """The guide's captured sample, accepted by a proctor; every one is of a session of its own."""
    identifier = f"{MARK.decode()}-4b62-bc27-da8c9ffb69fd"
    fields = {**json.loads(captured()), "identifier": identifier, "status": "accepted", "proctor": "proctor-1"}
    headers = {"X-Api-Key": site.vendor_key, "Content-Type": "application/json"}
    return request("POST", "/webhooks/supervisor", headers, compact(fields))


def _measure(conditions: Conditions) -> Figure:
    with both(conditions) as site:
        return against_empty(conditions, site, [result(site)], STORED)


ROW = Row(
    name="webhooks",
    title="webhooks accepted and durable ÷ empty view",
    promises={"sqlite": Promise(bound=0.45), "postgresql": Promise(bound=0.30)},
    measure=_measure,
)
