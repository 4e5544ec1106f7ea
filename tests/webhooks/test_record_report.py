"""Recording reports, on both databases."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from proctor_results.database.connection import Database
from proctor_results.database.statement import Statement
from proctor_results.dependencies import Dependencies
from proctor_results.sessions import repository
from proctor_results.sessions.enums import HoldKind, Outcome, ReceiptResult, Status
from proctor_results.webhooks.record_report import record_report
from tests.support.reports import (
    IDENTIFIER,
    NOW,
    SAMPLE,
    accepted,
    body,
    inbound_request,
    record,
    rejected,
)
from tests.support.vendors import parse_body

RECEIPTS = Statement("SELECT result, detail, body FROM receipt ORDER BY id")
DECISIONS = Statement(
    "SELECT outcome_before, outcome, opened, closed, revised, receipt_id FROM decision ORDER BY id"
)
DUE = Statement(
    "SELECT target, topic, desired_revision, delivered_revision, next_attempt_at FROM delivery "
    "ORDER BY topic"
)


def test_the_guides_sample_makes_a_pending_session(deps: Dependencies) -> None:
    receipt = record(deps, SAMPLE)

    session = repository.get(deps.database, IDENTIFIER)
    assert receipt.result is ReceiptResult.APPLIED
    assert session is not None
    assert (session.status, session.outcome, session.holds) == (Status.STOPPED, Outcome.PENDING, ())
    assert session.facts["score"] == 64
    assert session.facts_in("averages")["n1"] == 36


def test_a_sample_then_accepted_then_rejected_then_a_late_stopped_stays_rejected(
    deps: Dependencies,
) -> None:
    payload = [SAMPLE, accepted(), rejected(), body(comment="late")]

    verdicts = [
        record(deps, each, NOW + timedelta(minutes=n)).result for n, each in enumerate(payload)
    ]

    session = repository.get(deps.database, IDENTIFIER)
    assert session is not None
    assert session.outcome is Outcome.REJECTED
    assert [hold.kind for hold in session.holds] == [HoldKind.REJECTED]
    assert verdicts[:3] == ["applied"] * 3
    assert len(deps.database.fetch(RECEIPTS)) == 4


def test_a_receipt_holds_the_bytes_as_they_came(deps: Dependencies) -> None:
    record(deps, SAMPLE)

    (_, _, kept) = deps.database.fetch(RECEIPTS)[0]
    assert bytes(kept) == SAMPLE


def test_the_same_content_written_otherwise_is_a_duplicate(deps: Dependencies) -> None:
    record(deps, SAMPLE)
    rewritten = (
        json.dumps(dict(reversed(json.loads(SAMPLE).items())), indent=2)
        .replace("64", '"64.0"')
        .encode()
    )

    assert record(deps, rewritten).result is ReceiptResult.DUPLICATE


def test_an_older_report_arriving_late_changes_nothing(deps: Dependencies) -> None:
    record(deps, rejected())
    before = repository.get(deps.database, IDENTIFIER)

    assert (
        record(deps, body(status="started", stoppedAt=None, signedAt=None)).result
        is ReceiptResult.STALE
    )
    assert repository.get(deps.database, IDENTIFIER) == before


def test_a_report_that_only_repeats_part_of_what_is_known_is_stale(deps: Dependencies) -> None:
    record(deps, rejected())

    assert (
        record(deps, json.dumps({"identifier": IDENTIFIER}).encode()).result is ReceiptResult.STALE
    )


def test_an_unknown_status_is_stored_and_changes_nothing(deps: Dependencies) -> None:
    receipt = record(deps, body(status="suspended"))

    assert receipt.result is ReceiptResult.UNRECOGNISED
    assert repository.get(deps.database, IDENTIFIER) is None
    assert len(deps.database.fetch(RECEIPTS)) == 1


@pytest.mark.parametrize(
    "payload",
    [b"{", b"[]", body(score="many"), b"\xff\xfe"],
    ids=["not JSON", "a list", "wrong type", "not UTF-8"],
)
def test_an_impossible_report_is_stored_as_invalid(deps: Dependencies, payload: bytes) -> None:
    receipt = record(deps, payload)

    assert receipt.result is ReceiptResult.INVALID
    assert [bytes(row[2]) for row in deps.database.fetch(RECEIPTS)] == [payload]


def test_another_vendor_cannot_report_on_the_session(deps: Dependencies) -> None:
    record(deps, SAMPLE)

    receipt = record_report(
        deps,
        inbound_request(rejected(), vendor="other"),
        parse_body(rejected()),
    )

    session = repository.get(deps.database, IDENTIFIER)
    assert receipt.result is ReceiptResult.INVALID
    assert session is not None
    assert session.status is Status.STOPPED


def test_every_change_of_outcome_or_holds_is_a_decision_with_its_receipt(
    deps: Dependencies,
) -> None:
    for payload in (SAMPLE, accepted(), rejected()):
        record(deps, payload)

    rows = deps.database.fetch(DECISIONS)
    assert [(row[0], row[1], bool(row[4]), row[5]) for row in rows] == [
        ("pending", "accepted", False, 2),
        ("accepted", "rejected", True, 3),
    ]
    assert json.loads(rows[1][2])[0]["kind"] == "rejected"


def test_the_applied_policy_is_stored_with_its_text(deps: Dependencies) -> None:
    record(deps, accepted())

    judged = deps.database.fetch(
        Statement("SELECT text FROM policy JOIN decision ON policy_sha256 = sha256")
    )
    assert judged == [(deps.policy.text,)]


def test_a_target_is_notified_of_every_change_once_per_topic(deps: Dependencies) -> None:
    for payload in (SAMPLE, accepted(), rejected()):
        record(deps, payload)

    assert [row[:4] for row in deps.database.fetch(DUE)] == [
        ("listener", "lock", 3, None),
        ("listener", "outcome", 3, None),
    ]


def test_a_violation_holds_until_a_human_accepts(deps: Dependencies) -> None:
    record(deps, body(averages={"c4": 45}))
    held = repository.get(deps.database, IDENTIFIER)
    record(deps, accepted())
    freed = repository.get(deps.database, IDENTIFIER)

    assert held is not None
    assert [(hold.kind, hold.detail) for hold in held.holds] == [
        (HoldKind.VIOLATION, "average of c4 is 45, allowed below 20")
    ]
    assert freed is not None
    assert not freed.locked


def test_without_a_target_nothing_is_due(database: Database, deps: Dependencies) -> None:
    record(replace(deps, targets=()), SAMPLE)

    assert database.fetch(DUE) == []


def test_identical_simultaneous_posts_are_applied_once(deps: Dependencies) -> None:
    def post(_: int) -> str:
        try:
            return str(record(deps, SAMPLE).result)
        finally:
            deps.database.close()

    with ThreadPoolExecutor(8) as threads:
        verdicts = sorted(threads.map(post, range(24)))

    assert verdicts == ["applied"] + ["duplicate"] * 23


def test_simultaneous_reports_of_one_session_all_count(deps: Dependencies) -> None:
    signed = [f"2022-02-19T10:{minute:02d}:00.000Z" for minute in range(24)]

    def post(moment: str) -> None:
        record(deps, rejected(moment, comment=moment))
        deps.database.close()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(post, signed))

    session = repository.get(deps.database, IDENTIFIER)
    assert session is not None
    assert session.facts["comment"] == signed[-1]
    assert len(deps.database.fetch(RECEIPTS)) == 24
