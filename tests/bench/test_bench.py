"""The benchmarks measure what they claim: their load, the check of the database, the table."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from bench import results
from bench.benchmark import Measurement
from bench.benchmarks import webhooks
from bench.conditions import Conditions
from bench.fill_database import all_identifiers, fill_database, running_identifiers
from bench.load import LOAD_GENERATORS
from bench.load.base import UNIQUE_NUMBER_PLACEHOLDER, LoadResult, build_request
from bench.verify_stored import run_verified
from proctor_results.database.statement import Statement
from proctor_results.dependencies import Dependencies
from proctor_results.heartbeats.record_heartbeat import Heartbeat, record_heartbeat
from proctor_results.operations.change_feed import list_changes
from tests.support.reports import NOW, body, record

FEED_POSITION = Statement("SELECT last_position FROM feed_counter")
INSTALLED_LOADS = [name for name in LOAD_GENERATORS if name != "wrk" or shutil.which("wrk")]


class RejectingHandler(BaseHTTPRequestHandler):
    """Accepts every request but each tenth."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        received_body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append(received_body)  # type: ignore[attr-defined]  # ours
        self.send_response(503 if received_body.endswith(b"0") else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Print no access log."""


@contextmanager
def serve_rejecting() -> Iterator[tuple[int, list[bytes]]]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), RejectingHandler)
    received_bodies: list[bytes] = []
    server.received = received_bodies  # type: ignore[attr-defined]  # as above
    threading.Thread(target=server.serve_forever).start()
    try:
        yield server.server_port, received_bodies
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("load", INSTALLED_LOADS)
def test_a_load_sends_unique_requests_and_counts_refusals(load: str) -> None:
    requests = [
        build_request("POST", "/a", {}, b"a" + UNIQUE_NUMBER_PLACEHOLDER),
        build_request("POST", "/b", {}, b"b" + UNIQUE_NUMBER_PLACEHOLDER),
    ]

    with serve_rejecting() as (port, received_bodies):
        runs = [LOAD_GENERATORS[load](requests, port, 1, connections=2) for _ in range(2)]

    assert (
        len(set(received_bodies))
        == len(received_bodies)
        <= sum(load_result.sent for load_result in runs)
    )
    assert {received_body[:1] for received_body in received_bodies} == {b"a", b"b"}
    assert all(
        0 < load_result.refused < load_result.answered < load_result.sent for load_result in runs
    )
    assert [len(load_result.faults) for load_result in runs] == [1, 1]


def test_a_benchmark_measures_real_processes_and_finds_what_was_answered(
    database_url: str, tmp_path: Path
) -> None:
    @contextmanager
    def new_database() -> Iterator[str]:
        yield database_url

    short_rounds = {"rounds": 1, "seconds": 1, "warm_up": 1}
    conditions = Conditions(
        new_database=new_database,
        full_database=lambda: database_url,
        folder=tmp_path,
        load_generator=LOAD_GENERATORS["asyncio"],
        report_progress=lambda _: None,
        **short_rounds,
    )

    measurement = webhooks.BENCHMARK.measure(conditions)

    assert measurement.value > 0
    assert measurement.faults == ()


@pytest.mark.parametrize(("answered", "sent", "faults"), [(1, 2, 0), (3, 4, 4), (1, 1, 4)])
def test_an_answered_request_that_is_not_stored_is_a_fault(
    deps: Dependencies, database_url: str, answered: int, sent: int, faults: int
) -> None:
    load_result = LoadResult(
        seconds=1, sent=sent, answered=answered, refused=0, broken=0, latencies={}
    )

    def load() -> LoadResult:
        record(deps, body(identifier="one", status="accepted"))
        record(deps, body(identifier="two", status="accepted"))
        return load_result

    assert len(run_verified(database_url, webhooks.STORED_ROWS, lambda: None, load)[1]) == faults


def test_a_missing_receipt_is_found(deps: Dependencies, database_url: str) -> None:
    load_result = LoadResult(seconds=1, sent=2, answered=1, refused=0, broken=0, latencies={})

    def load() -> LoadResult:
        record(deps, body(identifier="one", status="accepted"))
        deps.database.fetch(Statement("UPDATE receipt SET result = 'stale'"))
        return load_result

    assert run_verified(database_url, webhooks.STORED_ROWS, lambda: None, load)[1] == (
        "1 of 2 requests were answered with 200, but 0 receipts were stored",
    )


@pytest.mark.parametrize(
    ("value", "faults", "expected_status"),
    [(0.5, (), "ok"), (0.31, (), "**missed**"), (0.5, ("lost",), "**faulty**")],
)
def test_the_table_shows_the_threshold_beside_the_measurement(
    value: float, faults: tuple[str, ...], expected_status: str
) -> None:
    measurements = {
        ("webhooks", "sqlite"): Measurement(value=value, detail="of 2,500", faults=faults)
    }
    lines = results.format_table([webhooks.BENCHMARK], measurements).splitlines()

    assert (
        lines[2]
        == f"| {webhooks.BENCHMARK.title} | {value:.2f} | ≥ 0.45 |  | ≥ 0.30 | {expected_status} |"
    )
    assert lines[-1] == "- webhooks, SQLite: of 2,500"


def test_only_what_was_measured_is_rewritten(tmp_path: Path) -> None:
    page = tmp_path / "RESULTS.md"
    page.write_text("before\n<!-- measured -->\nold\n<!-- end -->\nafter\n")

    results.rewrite("new", page)

    assert page.read_text() == "before\n<!-- measured -->\n\nnew\n\n<!-- end -->\nafter\n"


def test_a_filled_database_has_distinct_sessions_and_accepts_more(
    deps: Dependencies, database_url: str
) -> None:
    fill_database(database_url, 200, NOW, report_progress=lambda _: None)

    identifiers = {session.identifier for _, session in list_changes(deps, 0, 1000)}
    (running_identifier, *_) = running_identifiers(200)
    response = record_heartbeat(deps, Heartbeat(identifier=running_identifier, launch=1), NOW)
    record(deps, body(identifier="one-more", status="accepted"))
    (newest,) = list_changes(deps, deps.database.fetch(FEED_POSITION)[0][0], 1000)

    assert identifiers == set(all_identifiers(200))
    assert len(running_identifiers(200)) == 20 == len(set(running_identifiers(200)) & identifiers)
    assert response
    assert response.locked is False
    assert newest[1].identifier == "one-more"
