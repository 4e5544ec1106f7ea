"""Compares webhooks that are accepted and durable with the empty view."""

import json

from bench.benchmark import Benchmark, Measurement, Threshold
from bench.compare import compare_with_empty_app
from bench.conditions import Conditions
from bench.installation import BenchInstallation, run_web_and_empty_app
from bench.load.base import UNIQUE_NUMBER_PLACEHOLDER, build_request
from bench.verify_stored import new_rows
from sandbox.vendor.bodies import captured_body, to_compact_json

STORED_ROWS = (
    new_rows("sessions", "session"),
    new_rows("receipts", "receipt", "result = 'applied'"),
    new_rows("decisions", "decision"),
    new_rows("messages due", "delivery", "topic = 'outcome'"),
)


def result_request(installation: BenchInstallation) -> bytes:
    """Return the guide's captured sample, accepted by a proctor, each time for another session."""
    identifier = f"{UNIQUE_NUMBER_PLACEHOLDER.decode()}-4b62-bc27-da8c9ffb69fd"
    fields = {
        **json.loads(captured_body()),
        "identifier": identifier,
        "status": "accepted",
        "proctor": "proctor-1",
    }
    headers = {"X-Api-Key": installation.vendor_key, "Content-Type": "application/json"}
    return build_request("POST", "/webhooks/supervisor", headers, to_compact_json(fields))


def _measure(conditions: Conditions) -> Measurement:
    with run_web_and_empty_app(conditions) as installation:
        return compare_with_empty_app(
            conditions, installation, [result_request(installation)], STORED_ROWS
        )


BENCHMARK = Benchmark(
    name="webhooks",
    title="webhooks accepted and durable ÷ empty view",
    thresholds={"sqlite": Threshold(limit=0.45), "postgresql": Threshold(limit=0.30)},
    measure=_measure,
)
