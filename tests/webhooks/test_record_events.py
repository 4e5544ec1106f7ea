"""A request that carries several events, on both databases."""

from typing import Any

from proctor_results.database.statement import Statement
from proctor_results.dependencies import Dependencies
from proctor_results.sessions import repository
from proctor_results.sessions.enums import Status
from proctor_results.sessions.report import Report
from proctor_results.vendors.base import Incident, Parsed, StatusReport
from proctor_results.webhooks.record_events import record_events
from tests.support.reports import inbound_request

EVENTS = Statement("""
SELECT receipt_event.position, receipt_event.kind, receipt_event.identifier, receipt_event.result
FROM receipt_event ORDER BY receipt_event.position
""")
RECEIPTS = Statement("SELECT identifier, chain_position, result, body FROM receipt ORDER BY id")
BODY = b'{"events": []}'


def status_report(identifier: str, status: Status) -> StatusReport:
    return StatusReport(report=Report(identifier=identifier, status=status))


def record(deps: Dependencies, *events: Any) -> list[str]:
    receipts = record_events(deps, inbound_request(BODY), Parsed(events=events))
    return [receipt.result for receipt in receipts]


def test_the_request_is_stored_once_for_each_session(deps: Dependencies) -> None:
    events = (
        status_report("exam-2", Status.STARTED),
        status_report("exam-1", Status.STARTED),
        status_report("exam-2", Status.STOPPED),
    )

    assert record(deps, *events) == ["applied", "applied"]

    assert [(*row[:3], bytes(row[3])) for row in deps.database.fetch(RECEIPTS)] == [
        ("exam-1", 1, "applied", BODY),
        ("exam-2", 1, "applied", BODY),
    ]
    assert deps.database.fetch(EVENTS) == [
        (0, "status_report", "exam-2", "applied"),
        (1, "status_report", "exam-1", "applied"),
        (2, "status_report", "exam-2", "applied"),
    ]


def test_events_of_one_session_make_one_revision(deps: Dependencies) -> None:
    record(deps, status_report("exam-1", Status.STARTED), status_report("exam-1", Status.STOPPED))

    session = repository.get(deps.database, "exam-1")

    assert session is not None
    assert (session.status, session.revision) == (Status.STOPPED, 1)


def test_a_repeated_request_changes_nothing(deps: Dependencies) -> None:
    events = (status_report("exam-1", Status.STARTED), status_report("exam-2", Status.STARTED))
    record(deps, *events)

    assert record(deps, *events) == ["stale", "stale"]


def test_events_without_a_known_session_are_stored_unrecognised(deps: Dependencies) -> None:
    events = (
        Incident(code="phone", vendor_reference="sitting-7"),
        Incident(code="phone", identifier="exam-1"),
    )

    assert record(deps, *events) == ["unrecognised", "unrecognised"]

    assert deps.database.fetch(EVENTS) == [
        (0, "incident", None, "unrecognised"),
        (1, "incident", "exam-1", "unrecognised"),
    ]


def test_a_request_without_events_is_stored(deps: Dependencies) -> None:
    assert record(deps) == ["unrecognised"]
    assert len(deps.database.fetch(RECEIPTS)) == 1
