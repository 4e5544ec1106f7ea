"""Compares an LMS that polls one session with the empty view."""

from bench.benchmark import Benchmark, Measurement, Threshold
from bench.compare import compare_with_empty_app
from bench.conditions import Conditions
from bench.fill_database import all_identifiers, sample
from bench.installation import BenchInstallation, run_web_and_empty_app
from bench.load.base import build_request

_SESSIONS = 10_000


def poll_requests(installation: BenchInstallation, sessions: int) -> list[bytes]:
    """Return a request for each of the sessions, or for many of them; all exist."""
    headers = {"Authorization": f"Bearer {installation.lms_key}", "Accept": "application/json"}
    return [
        build_request("GET", f"/sessions/{identifier}", headers)
        for identifier in sample(all_identifiers(sessions))
    ]


def _measure(conditions: Conditions) -> Measurement:
    with run_web_and_empty_app(conditions, _SESSIONS) as installation:
        return compare_with_empty_app(
            conditions, installation, poll_requests(installation, _SESSIONS), ()
        )


BENCHMARK = Benchmark(
    name="poll",
    title="poll of one session ÷ empty view",
    thresholds={"sqlite": Threshold(limit=0.60), "postgresql": Threshold(limit=0.45)},
    measure=_measure,
)
