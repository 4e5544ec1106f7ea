"""Whatever somebody does to the evidence, verification names it; on both databases."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from proctor_results.domain.evidence import receipt_digest, receipt_particulars
from proctor_results.flows.hold_by_hand import Hand, hold_by_hand
from proctor_results.flows.house import House
from proctor_results.flows.seal import EVERY, Sealer
from proctor_results.flows.verify_receipts import Verification
from proctor_results.store.rows import DECISION, RECEIPT
from proctor_results.store.statement import Statement
from tests.reports import IDENTIFIER, NOW, SAMPLE, accepted, body, record, rejected

SAID = [
    SAMPLE,
    SAMPLE,
    accepted(),
    body(status="started"),
    body(status="new"),
    b"{",
    body(identifier="two"),
    rejected(),
]
"""What becomes of it: applied, duplicate, applied, stale, unrecognised, invalid and in no chain, applied, applied."""
CHAINED = [1, 2, 3, 4, 5, 7, 8]
COLUMNS = {
    "receipt": [*RECEIPT, "pruned_at", "erased_at"],
    "decision": [*DECISION, "receipt_id"],
    "checkpoint": ["previous", "at", "covers", "last", "digest"],
}
HURRY = Statement("PRAGMA synchronous = off", postgresql="SET synchronous_commit = off")


def fill(house: House, *, sealed: bool) -> None:
    """Every kind of receipt and decision, under several checkpoints or under none."""
    house.ledger.run(HURRY)
    sealer = Sealer(house)
    for minutes, said in enumerate(SAID):
        record(house, said, NOW + timedelta(minutes=minutes))
        hold_by_hand(house, "two", Hand(actor="exam office", reason="identity"), NOW)
        for _ in range(3 if sealed else 0):
            sealer.go_on(NOW + minutes * EVERY)


def found(house: House) -> dict[str, list[str]]:
    """What is wrong, by what it is wrong with."""
    wrong: dict[str, list[str]] = {}
    for fault in Verification(house).faults(lambda _: None):
        wrong.setdefault(f"{fault.kind} {fault.number}", []).append(fault.detail)
    return wrong


def change(house: House, table: str, number: int, **columns: str) -> None:
    """Sets columns to what an expression in SQL says."""
    changes = ", ".join(f"{name} = {to}" for name, to in columns.items())
    assert house.ledger.count(Statement(f"UPDATE {table} SET {changes} WHERE id = :id"), id=number) == 1  # noqa: S608  # our own


def remove(house: House, table: str, number: int) -> None:
    """As somebody does who has the run of the database: what stands in the way goes, too."""
    if table == "receipt":
        house.ledger.run(Statement("UPDATE decision SET receipt_id = NULL WHERE receipt_id = :id"), id=number)
    assert house.ledger.count(Statement(f"DELETE FROM {table} WHERE id = :id"), id=number) == 1  # noqa: S608  # our own


def row(house: House, table: str, number: int) -> dict[str, Any]:
    """All its columns but the id."""
    names = COLUMNS[table]
    (values,) = house.ledger.run(Statement(f"SELECT {', '.join(names)} FROM {table} WHERE id = :id"), id=number)  # noqa: S608  # our own
    return dict(zip(names, values, strict=True))


def put(house: House, table: str, number: int, values: dict[str, Any]) -> None:
    changes = ", ".join(f"{name} = :{name}" for name in values)
    house.ledger.run(Statement(f"UPDATE {table} SET {changes} WHERE id = :id"), id=number, **values)  # noqa: S608  # our own


def insert(house: House, receipt: dict[str, Any]) -> None:
    names = ", ".join(receipt)
    values = ", ".join(f":{name}" for name in receipt)
    house.ledger.run(Statement(f"INSERT INTO receipt ({names}) VALUES ({values})"), **receipt)  # noqa: S608  # our own


def binary(house: House, text: str) -> str:
    """Bytes, as an expression in SQL."""
    return f"CAST('{text}' AS {'blob' if house.ledger.embedded else 'bytea'})"


@pytest.mark.parametrize("sealed", [True, False], ids=["sealed", "not sealed yet"])
def test_where_nobody_has_changed_anything_nothing_is_wrong(house: House, sealed: bool) -> None:
    fill(house, sealed=sealed)
    verification = Verification(house)

    assert list(verification.faults(lambda _: None)) == []
    assert verification.seen == {
        "receipt": 8,
        "decision": 3,
        "policy": 1,
        "pruned": 0,
        "erased": 0,
        **({"checkpoint": 8} if sealed else {"unsealed": 11}),
    }


def test_an_empty_ledger_is_whole(house: House) -> None:
    assert found(house) == {}


def test_what_has_come_since_the_last_checkpoint_is_looked_at_too(house: House) -> None:
    fill(house, sealed=True)
    record(house, accepted(comment="late"))
    verification = Verification(house)

    assert list(verification.faults(lambda _: None)) == []
    assert verification.seen["unsealed"] == 1


def unnoticed(house: House, table: str, number: int, changes: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Which of these changes to a row nobody would notice. Each is made alone, and then undone."""
    kept = row(house, table, number)
    left = []
    for column, to in changes:
        change(house, table, number, **{column: to})
        if f"{table} {number}" not in found(house):
            left.append((column, to))
        put(house, table, number, {column: kept[column]})
    return left


def longer(*columns: str) -> list[tuple[str, str]]:
    return [(name, f"{name} || 'x'") for name in columns]


def greater(*columns: str) -> list[tuple[str, str]]:
    return [(name, f"{name} + 1") for name in columns]


RECEIPT_CHANGES = [
    *longer("vendor", "key_id", "headers", "sha256", "verdict", "detail", "identifier", "previous", "particulars"),
    *longer("digest"),
    *greater("received_at"),
    ("content", "'x'"),
    ("revision", "100"),
    ("policy_sha256", "'x'"),
    ("place", "100"),
    ("place", "NULL"),
    ("identifier", "NULL"),
    ("replay_of", "1"),
    ("pruned_at", "1"),
    ("erased_at", "1"),
]


@pytest.mark.parametrize("sealed", [True, False], ids=["sealed", "not sealed yet"])
def test_a_receipt_changed_in_any_column_is_named(house: House, sealed: bool) -> None:
    fill(house, sealed=sealed)
    body_changed = ("body", binary(house, '{"status": "accepted"}'))

    assert unnoticed(house, "receipt", 4, [*RECEIPT_CHANGES, body_changed]) == []
    assert found(house) == {}
    assert {column for column, _ in RECEIPT_CHANGES} >= {*RECEIPT} - {"body"}


def test_a_receipt_whose_id_was_changed_is_named(house: House) -> None:
    fill(house, sealed=True)

    change(house, "receipt", 4, id="104")
    change(house, "receipt", 6, id="106")

    assert {"receipt 4", "receipt 6"} <= found(house).keys()


def test_ids_that_were_changed_before_they_were_sealed_do_not_fit_the_chain(house: House) -> None:
    fill(house, sealed=False)

    change(house, "receipt", 4, id="104")

    assert list(found(house)) == ["receipt 5"]


def test_a_decision_changed_in_any_column_is_named(house: House) -> None:
    fill(house, sealed=True)
    changes = [
        *longer("outcome_before", "outcome", "opened", "closed", "reasons", "cause", "policy_sha256"),
        *longer("said", "particulars", "digest"),
        *greater("at", "revision"),
        ("settles_at", "1"),
        *(("actor", "'somebody'"), ("note", "'x'"), ("receipt_id", "1"), ("revised", "NOT revised")),
    ]

    assert unnoticed(house, "decision", 3, changes) == []
    assert {column for column, _ in changes} >= {*DECISION}


def test_a_checkpoint_changed_in_any_column_is_named(house: House) -> None:
    fill(house, sealed=True)
    changes = [
        *longer("previous", "covers", "last", "digest"),
        *greater("at"),
        ("covers", "'[]'"),
        ("covers", """'{"receipt":"1-x","decision":""}'"""),
        ("covers", """'{"receipt":"1-99999999999","decision":""}'"""),
        ("at", "9000000000000000000"),
        ("last", """'{"receipt":0,"decision":0}'"""),
    ]

    assert unnoticed(house, "checkpoint", 4, changes) == []
    assert unnoticed(house, "checkpoint", 8, changes) == []


def test_a_policy_whose_text_was_changed_is_named(house: House) -> None:
    fill(house, sealed=True)

    house.ledger.run(Statement("UPDATE policy SET text = text || ' '"))

    assert list(found(house)) == [f"policy {house.policy.sha256}"]


def test_decisions_whose_policy_was_removed_are_named(house: House) -> None:
    fill(house, sealed=True)

    house.ledger.run(Statement("DELETE FROM policy"))

    assert list(found(house)) == [f"decision {number}" for number in (1, 2, 3)]


def unmissed(house: House, numbers: Iterable[int], said: str) -> list[int]:
    """The receipts that nobody would miss. Each is removed alone, and then put back."""
    left = []
    for number in numbers:
        kept = row(house, "receipt", number)
        remove(house, "receipt", number)
        if not any(said in detail for details in found(house).values() for detail in details):
            left.append(number)
        insert(house, {"id": number, **kept})
    return left


def test_any_sealed_receipt_that_was_removed_is_missed(house: House) -> None:
    fill(house, sealed=True)

    assert unmissed(house, range(1, 9), "has sealed what is not there any more") == []


def test_any_receipt_of_a_session_that_was_removed_before_it_was_sealed_leaves_a_gap(house: House) -> None:
    fill(house, sealed=False)

    assert unmissed(house, CHAINED, "was removed") == []


def test_a_sealed_receipt_that_was_removed_is_named(house: House) -> None:
    fill(house, sealed=True)

    remove(house, "receipt", 6)

    assert list(found(house)) == ["receipt 6"]


def test_a_decision_that_was_removed_is_named(house: House) -> None:
    fill(house, sealed=True)

    remove(house, "decision", 3)

    assert list(found(house)) == ["decision 3"]


def test_where_a_checkpoint_was_removed_the_next_one_follows_nothing_known(house: House) -> None:
    fill(house, sealed=True)

    remove(house, "checkpoint", 3)

    assert {"checkpoint 4", "receipt 3"} <= found(house).keys()


SWAPPED = {
    "bodies": ["body"],
    "bodies with their digests": ["body", "sha256"],
    "places": ["place"],
    "places with what comes before": ["place", "previous"],
    "all but place and id": [name for name in RECEIPT if name not in ("place", "previous")],
    "all but the id": [*RECEIPT],
}


@pytest.mark.parametrize("sealed", [True, False], ids=["sealed", "not sealed yet"])
@pytest.mark.parametrize("columns", SWAPPED.values(), ids=SWAPPED.keys())
def test_two_receipts_that_were_swapped_are_found(house: House, columns: list[str], sealed: bool) -> None:
    fill(house, sealed=sealed)
    one, other = row(house, "receipt", 2), row(house, "receipt", 4)

    change(house, "receipt", 2, place="0")  # a place is taken only once
    put(house, "receipt", 4, {name: one[name] for name in columns})
    put(house, "receipt", 2, {"place": one["place"], **{name: other[name] for name in columns}})

    assert {key for key in found(house) if key.startswith(("receipt", "checkpoint"))}


def forge(house: House, number: int, **changes: Any) -> None:
    """A receipt that fits into itself, as somebody makes it who has read how this is done."""
    forged = {**row(house, "receipt", 8), **changes, "id": number}
    forged["particulars"] = receipt_particulars(forged)
    forged["digest"] = receipt_digest(forged)
    insert(house, forged)


def test_a_receipt_inserted_into_what_is_sealed_is_named_however_well_it_was_made(house: House) -> None:
    fill(house, sealed=True)

    forge(house, -5, identifier=None, place=None, previous=None)
    forge(house, 0, identifier="three", place=1, previous="")

    assert "receipt -5,0" in found(house)


def test_a_sealed_receipt_that_was_made_anew_with_all_its_digests_breaks_its_seal(house: House) -> None:
    fill(house, sealed=True)
    remove(house, "receipt", 6)

    forge(house, 6, identifier=None, place=None, previous=None)

    assert list(found(house)) == ["checkpoint 6"]


def test_what_was_pruned_or_erased_still_verifies_by_its_digests(house: House) -> None:
    fill(house, sealed=True)
    change(house, "receipt", 2, pruned_at="1", body=binary(house, ""))
    change(house, "receipt", 4, erased_at="1", body=binary(house, ""), headers="''", detail="''")
    verification = Verification(house)

    assert list(verification.faults(lambda _: None)) == []
    assert (verification.seen["pruned"], verification.seen["erased"]) == (1, 1)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_is_no_text_any_more_is_named_and_stops_nothing(house: House) -> None:
    """SQLite takes whatever it is given."""
    fill(house, sealed=True)
    names = ("detail", "headers", "digest", "verdict", "body", "identifier")
    changes = [(name, bad) for name in names for bad in ("CAST(X'ff00fe' AS TEXT)", "X'ff00fe'")]

    assert unnoticed(house, "receipt", 4, [*changes, ("body", "7")]) == []


def test_of_one_session_its_chain_and_its_decisions_are_looked_at(house: House) -> None:
    fill(house, sealed=True)
    change(house, "receipt", 7, detail="'x'")
    change(house, "receipt", 6, detail="'x'")

    of_one, of_two = (list(Verification(house).faults_of(each)) for each in (IDENTIFIER, "two"))

    assert of_one == []
    assert [(fault.kind, fault.number, fault.place) for fault in of_two] == [("receipt", 7, 1)]


def test_the_newest_receipt_of_one_session_is_missed(house: House) -> None:
    fill(house, sealed=False)

    remove(house, "receipt", 8)

    (fault, *_) = [fault for fault in Verification(house).faults_of(IDENTIFIER) if fault.kind == "session"]
    assert (fault.identifier, fault.place) == (IDENTIFIER, 6)


def test_an_old_policy_is_no_fault(house: House) -> None:
    fill(house, sealed=True)
    other = replace(house, policy=replace(house.policy, sha256="0" * 64))

    record(other, body(identifier="three", status="accepted"))

    assert list(found(house)) == [f"policy {'0' * 64}"]
