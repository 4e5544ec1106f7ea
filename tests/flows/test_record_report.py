"""Recording reports, on both databases."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from proctor_results.domain.words import HoldKind, Outcome, ReceiptVerdict, Status
from proctor_results.flows.house import House
from proctor_results.flows.record_report import record_report
from proctor_results.flows.show_session import show_session
from proctor_results.store.ledger import Ledger
from proctor_results.store.statement import Statement
from proctor_results.vendors import VENDORS
from tests.reports import IDENTIFIER, NOW, SAMPLE, accepted, body, record, rejected, request_of

RECEIPTS = Statement("SELECT verdict, detail, body FROM receipt ORDER BY id")
DECISIONS = Statement("SELECT outcome_before, outcome, opened, closed, revised, receipt_id FROM decision ORDER BY id")
DUE = Statement("SELECT target, topic, wanted, delivered, due_at FROM delivery ORDER BY topic")


def test_the_guides_sample_makes_a_pending_session(house: House) -> None:
    receipt = record(house, SAMPLE)

    session = show_session(house, IDENTIFIER)
    assert receipt.verdict is ReceiptVerdict.APPLIED
    assert session is not None
    assert (session.status, session.outcome, session.holds) == (Status.STOPPED, Outcome.PENDING, ())
    assert session.facts["score"] == 64
    assert session.group("averages")["n1"] == 36


def test_a_sample_then_accepted_then_rejected_then_a_late_stopped_stays_rejected(house: House) -> None:
    said = [SAMPLE, accepted(), rejected(), body(comment="late")]

    verdicts = [record(house, each, NOW + timedelta(minutes=n)).verdict for n, each in enumerate(said)]

    session = show_session(house, IDENTIFIER)
    assert session is not None
    assert session.outcome is Outcome.REJECTED
    assert [hold.kind for hold in session.holds] == [HoldKind.REJECTED]
    assert verdicts[:3] == ["applied"] * 3
    assert len(house.ledger.run(RECEIPTS)) == 4


def test_a_receipt_holds_the_bytes_as_they_came(house: House) -> None:
    record(house, SAMPLE)

    (_, _, kept) = house.ledger.run(RECEIPTS)[0]
    assert bytes(kept) == SAMPLE


def test_the_same_content_written_otherwise_is_a_duplicate(house: House) -> None:
    record(house, SAMPLE)
    rewritten = json.dumps(dict(reversed(json.loads(SAMPLE).items())), indent=2).replace("64", '"64.0"').encode()

    assert record(house, rewritten).verdict is ReceiptVerdict.DUPLICATE


def test_an_older_report_arriving_late_changes_nothing(house: House) -> None:
    record(house, rejected())
    before = show_session(house, IDENTIFIER)

    assert record(house, body(status="started", stoppedAt=None, signedAt=None)).verdict is ReceiptVerdict.STALE
    assert show_session(house, IDENTIFIER) == before


def test_a_report_that_only_repeats_part_of_what_is_known_is_stale(house: House) -> None:
    record(house, rejected())

    assert record(house, json.dumps({"identifier": IDENTIFIER}).encode()).verdict is ReceiptVerdict.STALE


def test_an_unknown_status_is_kept_and_changes_nothing(house: House) -> None:
    receipt = record(house, body(status="suspended"))

    assert receipt.verdict is ReceiptVerdict.UNRECOGNISED
    assert show_session(house, IDENTIFIER) is None
    assert len(house.ledger.run(RECEIPTS)) == 1


@pytest.mark.parametrize(
    "said", [b"{", b"[]", body(score="many"), b"\xff\xfe"], ids=["not JSON", "a list", "wrong type", "not UTF-8"]
)
def test_what_cannot_be_right_is_kept_as_invalid(house: House, said: bytes) -> None:
    receipt = record(house, said)

    assert receipt.verdict is ReceiptVerdict.INVALID
    assert [bytes(row[2]) for row in house.ledger.run(RECEIPTS)] == [said]


def test_another_vendor_cannot_report_on_the_session(house: House) -> None:
    record(house, SAMPLE)

    receipt = record_report(house, request_of(rejected(), vendor="other"), VENDORS["supervisor"].read(rejected()))

    session = show_session(house, IDENTIFIER)
    assert receipt.verdict is ReceiptVerdict.INVALID
    assert session is not None
    assert session.status is Status.STOPPED


def test_every_change_of_outcome_or_holds_is_a_decision_with_its_receipt(house: House) -> None:
    for said in (SAMPLE, accepted(), rejected()):
        record(house, said)

    rows = house.ledger.run(DECISIONS)
    assert [(row[0], row[1], bool(row[4]), row[5]) for row in rows] == [
        ("pending", "accepted", False, 2),
        ("accepted", "rejected", True, 3),
    ]
    assert json.loads(rows[1][2])[0]["kind"] == "rejected"


def test_the_policy_that_judged_is_kept_with_its_text(house: House) -> None:
    record(house, accepted())

    judged = house.ledger.run(Statement("SELECT text FROM policy JOIN decision ON policy_sha256 = sha256"))
    assert judged == [(house.policy.text,)]


def test_a_target_must_be_told_of_every_change_once_per_topic(house: House) -> None:
    for said in (SAMPLE, accepted(), rejected()):
        record(house, said)

    assert [row[:4] for row in house.ledger.run(DUE)] == [
        ("listener", "lock", 3, None),
        ("listener", "outcome", 3, None),
    ]


def test_a_violation_holds_until_a_human_accepts(house: House) -> None:
    record(house, body(averages={"c4": 45}))
    held = show_session(house, IDENTIFIER)
    record(house, accepted())
    freed = show_session(house, IDENTIFIER)

    assert held is not None
    assert [(hold.kind, hold.detail) for hold in held.holds] == [
        (HoldKind.VIOLATION, "average of c4 is 45, allowed below 20")
    ]
    assert freed is not None
    assert not freed.locked


def test_without_a_target_nothing_is_due(ledger: Ledger, house: House) -> None:
    record(replace(house, targets=()), SAMPLE)

    assert ledger.run(DUE) == []


def test_identical_simultaneous_posts_are_applied_once(house: House) -> None:
    def post(_: int) -> str:
        try:
            return str(record(house, SAMPLE).verdict)
        finally:
            house.ledger.close()

    with ThreadPoolExecutor(8) as threads:
        verdicts = sorted(threads.map(post, range(24)))

    assert verdicts == ["applied"] + ["duplicate"] * 23


def test_simultaneous_reports_of_one_session_all_count(house: House) -> None:
    signed = [f"2022-02-19T10:{minute:02d}:00.000Z" for minute in range(24)]

    def post(moment: str) -> None:
        record(house, rejected(moment, comment=moment))
        house.ledger.close()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(post, signed))

    session = show_session(house, IDENTIFIER)
    assert session is not None
    assert session.facts["comment"] == signed[-1]
    assert len(house.ledger.run(RECEIPTS)) == 24
