"""The bench measures what it says: its load, its look into the database, its table."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from bench import results
from bench.conditions import Conditions
from bench.load import LOADS
from bench.load.plan import MARK, Run, request
from bench.row import Figure
from bench.rows import webhooks
from bench.seeds import everybody, fill, sitting
from bench.verify import verified
from proctor_results.flows.house import House
from proctor_results.flows.list_changes import list_changes
from proctor_results.flows.record_heartbeat import Heartbeat, record_heartbeat
from proctor_results.store.statement import Statement
from tests.reports import NOW, body, record

LAST_PLACE = Statement("SELECT last FROM feed")
INSTALLED = [name for name in LOADS if name != "wrk" or shutil.which("wrk")]


class Ledgerless(BaseHTTPRequestHandler):
    """Takes everything in, but for every tenth."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        said = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append(said)  # type: ignore[attr-defined]  # ours
        self.send_response(503 if said.endswith(b"0") else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@contextmanager
def listening() -> Iterator[tuple[int, list[bytes]]]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Ledgerless)
    heard: list[bytes] = []
    server.heard = heard  # type: ignore[attr-defined]  # as above
    threading.Thread(target=server.serve_forever).start()
    try:
        yield server.server_port, heard
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("load", INSTALLED)
def test_every_request_of_a_load_is_like_no_other_and_every_refusal_is_counted(load: str) -> None:
    requests = [request("POST", "/a", {}, b"a" + MARK), request("POST", "/b", {}, b"b" + MARK)]

    with listening() as (port, heard):
        runs = [LOADS[load](requests, port, 1, connections=2) for _ in range(2)]

    assert len(set(heard)) == len(heard) <= sum(run.sent for run in runs)
    assert {said[:1] for said in heard} == {b"a", b"b"}
    assert all(0 < run.refused < run.answered < run.sent for run in runs)
    assert [len(run.faults) for run in runs] == [1, 1]


def test_a_row_is_measured_on_real_processes_and_what_was_answered_is_found(database_url: str, tmp_path: Path) -> None:
    @contextmanager
    def fresh() -> Iterator[str]:
        yield database_url

    short = {"rounds": 1, "seconds": 1, "warm_up": 1}
    conditions = Conditions(
        fresh=fresh, full=lambda: database_url, folder=tmp_path, load=LOADS["asyncio"], say=lambda _: None, **short
    )

    figure = webhooks.ROW.measure(conditions)

    assert figure.value > 0
    assert figure.faults == ()


@pytest.mark.parametrize(("answered", "sent", "faults"), [(1, 2, 0), (3, 4, 4), (1, 1, 4)])
def test_what_was_answered_and_is_not_stored_is_a_fault(
    house: House, database_url: str, answered: int, sent: int, faults: int
) -> None:
    run = Run(seconds=1, sent=sent, answered=answered, refused=0, broken=0, latencies={})

    def load() -> Run:
        record(house, body(identifier="one", status="accepted"))
        record(house, body(identifier="two", status="accepted"))
        return run

    assert len(verified(database_url, webhooks.STORED, lambda: None, load)[1]) == faults


def test_one_receipt_that_is_missing_is_found(house: House, database_url: str) -> None:
    run = Run(seconds=1, sent=2, answered=1, refused=0, broken=0, latencies={})

    def load() -> Run:
        record(house, body(identifier="one", status="accepted"))
        house.ledger.run(Statement("UPDATE receipt SET verdict = 'stale'"))
        return run

    assert verified(database_url, webhooks.STORED, lambda: None, load)[1] == (
        "1 of 2 requests were answered with 200, but 0 receipts were stored",
    )


@pytest.mark.parametrize(
    ("value", "faults", "verdict"), [(0.5, (), "ok"), (0.31, (), "**missed**"), (0.5, ("lost",), "**faulty**")]
)
def test_the_table_shows_the_promise_beside_the_figure(value: float, faults: tuple[str, ...], verdict: str) -> None:
    found = {("webhooks", "sqlite"): Figure(value=value, detail="of 2,500", faults=faults)}
    shown = results.table([webhooks.ROW], found).splitlines()

    assert shown[2] == f"| {webhooks.ROW.title} | {value:.2f} | ≥ 0.45 |  | ≥ 0.30 | {verdict} |"
    assert shown[-1] == "- webhooks, SQLite: of 2,500"


def test_only_what_was_measured_is_rewritten(tmp_path: Path) -> None:
    page = tmp_path / "RESULTS.md"
    page.write_text("before\n<!-- measured -->\nold\n<!-- end -->\nafter\n")

    results.rewrite("new", page)

    assert page.read_text() == "before\n<!-- measured -->\n\nnew\n\n<!-- end -->\nafter\n"


def test_a_ledger_is_filled_with_sessions_that_differ_and_go_on_from_there(house: House, database_url: str) -> None:
    fill(database_url, 200, NOW, say=lambda _: None)

    identifiers = {session.identifier for _, session in list_changes(house, 0, 1000)}
    (learner, *_) = sitting(200)
    pulse = record_heartbeat(house, Heartbeat(identifier=learner, launch=1), NOW)
    record(house, body(identifier="one-more", status="accepted"))
    (newest,) = list_changes(house, house.ledger.run(LAST_PLACE)[0][0], 1000)

    assert identifiers == set(everybody(200))
    assert len(sitting(200)) == 20 == len(set(sitting(200)) & identifiers)
    assert pulse
    assert pulse.locked is False
    assert newest[1].identifier == "one-more"
