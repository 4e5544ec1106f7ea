"""Compares heartbeats, each of which moves its session's deadline, with the empty view."""

from datetime import UTC, datetime

from bench.benchmark import Benchmark, Measurement, Threshold
from bench.compare import compare_with_empty_app
from bench.conditions import Conditions
from bench.fill_database import running_identifiers, sample
from bench.installation import BenchInstallation, run_web_and_empty_app
from bench.load.base import build_request
from bench.verify_stored import RowCount
from proctor_results.database.statement import Statement
from proctor_results.launches.launch_tokens import Launch, LaunchTokens

HEARTBEAT_COUNTS = (
    RowCount(
        name="heartbeats",
        before=Statement("SELECT SUM(heartbeat_count) FROM heartbeat_state"),
        added=Statement("SELECT SUM(heartbeat_count) - :mark FROM heartbeat_state"),
    ),
)

_SESSIONS = 10_000


def heartbeat_requests(installation: BenchInstallation, sessions: int) -> list[bytes]:
    """Return a heartbeat for each session in progress, or for many of them."""
    tokens, now = LaunchTokens(secret=installation.secret_key), datetime.now(UTC)
    return [
        _heartbeat_request(identifier, tokens.issue(Launch(identifier=identifier, number=1), now))
        for identifier in sample(running_identifiers(sessions))
    ]


def _heartbeat_request(identifier: str, token: str) -> bytes:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    return build_request("POST", f"/sessions/{identifier}/heartbeats", headers, b'{"count":7}')


def _measure(conditions: Conditions) -> Measurement:
    with run_web_and_empty_app(conditions, _SESSIONS) as installation:
        return compare_with_empty_app(
            conditions, installation, heartbeat_requests(installation, _SESSIONS), HEARTBEAT_COUNTS
        )


BENCHMARK = Benchmark(
    name="heartbeats",
    title="heartbeats ÷ empty view",
    thresholds={"sqlite": Threshold(limit=0.50), "postgresql": Threshold(limit=0.35)},
    measure=_measure,
)
