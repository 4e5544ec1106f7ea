"""Verification names every change of the evidence, on both databases."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from proctor_results.database.statement import Statement
from proctor_results.dependencies import Dependencies
from proctor_results.evidence.hash_chain import erasable_sha256, record_sha256
from proctor_results.evidence.rows import DECISION_COLUMNS, RECEIPT_COLUMNS
from proctor_results.evidence.verify import EvidenceVerifier
from proctor_results.evidence.write_checkpoints import INTERVAL, CheckpointWriter
from proctor_results.operations.operator_actions import Attribution, act
from proctor_results.sessions.enums import OperatorAction
from tests.support.reports import IDENTIFIER, NOW, SAMPLE, accepted, body, record, rejected

PAYLOADS = [
    SAMPLE,
    SAMPLE,
    accepted(),
    body(status="started"),
    body(status="new"),
    b"{",
    body(identifier="two"),
    rejected(),
]
"""The results: applied, duplicate, applied, stale, unrecognised, invalid, applied, applied."""
CHAINED = [1, 2, 3, 4, 5, 7, 8]
COLUMNS = {
    "receipt": [*RECEIPT_COLUMNS, "pruned_at", "erased_at"],
    "decision": [*DECISION_COLUMNS, "receipt_id"],
    "checkpoint": ["previous_sha256", "at", "id_ranges", "last_ids", "manifest_sha256"],
}
HURRY = Statement("PRAGMA synchronous = off", postgresql="SET synchronous_commit = off")


def fill(deps: Dependencies, *, with_checkpoints: bool) -> None:
    """Store every kind of receipt and decision, with several checkpoints or none."""
    deps.database.fetch(HURRY)
    checkpoint_writer = CheckpointWriter(deps)
    for minutes, payload in enumerate(PAYLOADS):
        record(deps, payload, NOW + timedelta(minutes=minutes))
        act(
            deps,
            "two",
            OperatorAction.HOLD,
            Attribution(actor="exam office", reason="identity"),
            NOW,
        )
        for _ in range(3 if with_checkpoints else 0):
            checkpoint_writer.step(NOW + minutes * INTERVAL)


def found(deps: Dependencies) -> dict[str, list[str]]:
    """Return the faults by the record that they are about."""
    wrong: dict[str, list[str]] = {}
    for fault in EvidenceVerifier(deps).faults(lambda _: None):
        wrong.setdefault(f"{fault.kind} {fault.record_id}", []).append(fault.detail)
    return wrong


def change(deps: Dependencies, table: str, number: int, **columns: str) -> None:
    """Set columns to SQL expressions."""
    changes = ", ".join(f"{name} = {to}" for name, to in columns.items())
    assert (
        deps.database.execute(Statement(f"UPDATE {table} SET {changes} WHERE id = :id"), id=number)
        == 1
    )  # our own


def remove(deps: Dependencies, table: str, number: int) -> None:
    """Remove a row as an intruder does: references to it are removed first."""
    if table == "receipt":
        deps.database.fetch(
            Statement("UPDATE decision SET receipt_id = NULL WHERE receipt_id = :id"), id=number
        )
    assert (
        deps.database.execute(Statement(f"DELETE FROM {table} WHERE id = :id"), id=number) == 1
    )  # our own


def row(deps: Dependencies, table: str, number: int) -> dict[str, Any]:
    """Return all columns of the table but the id."""
    names = COLUMNS[table]
    (values,) = deps.database.fetch(
        Statement(f"SELECT {', '.join(names)} FROM {table} WHERE id = :id"), id=number
    )  # our own
    return dict(zip(names, values, strict=True))


def put(deps: Dependencies, table: str, number: int, values: dict[str, Any]) -> None:
    changes = ", ".join(f"{name} = :{name}" for name in values)
    deps.database.fetch(
        Statement(f"UPDATE {table} SET {changes} WHERE id = :id"), id=number, **values
    )  # our own


def insert(deps: Dependencies, receipt: dict[str, Any]) -> None:
    names = ", ".join(receipt)
    values = ", ".join(f":{name}" for name in receipt)
    deps.database.fetch(
        Statement(f"INSERT INTO receipt ({names}) VALUES ({values})"), **receipt
    )  # our own


def binary(deps: Dependencies, text: str) -> str:
    """Return the bytes as an SQL expression."""
    return f"CAST('{text}' AS {'blob' if deps.database.is_sqlite else 'bytea'})"


@pytest.mark.parametrize(
    "with_checkpoints", [True, False], ids=["checkpoints", "no checkpoint yet"]
)
def test_unchanged_evidence_has_no_faults(deps: Dependencies, with_checkpoints: bool) -> None:
    fill(deps, with_checkpoints=with_checkpoints)
    verification = EvidenceVerifier(deps)

    assert list(verification.faults(lambda _: None)) == []
    assert verification.counts == {
        "receipt": 8,
        "decision": 3,
        "policy": 1,
        "pruned": 0,
        "erased": 0,
        **({"checkpoint": 8} if with_checkpoints else {"without_checkpoint": 11}),
    }


def test_an_empty_database_has_no_faults(deps: Dependencies) -> None:
    assert found(deps) == {}


def test_records_after_the_last_checkpoint_are_checked(deps: Dependencies) -> None:
    fill(deps, with_checkpoints=True)
    record(deps, accepted(comment="late"))
    verification = EvidenceVerifier(deps)

    assert list(verification.faults(lambda _: None)) == []
    assert verification.counts["without_checkpoint"] == 1


def unnoticed(
    deps: Dependencies, table: str, number: int, changes: Iterable[tuple[str, str]]
) -> list[tuple[str, str]]:
    """Return the changes to a row that verification misses. Each is made alone, and then undone."""
    kept = row(deps, table, number)
    left = []
    for column, to in changes:
        change(deps, table, number, **{column: to})
        if f"{table} {number}" not in found(deps):
            left.append((column, to))
        put(deps, table, number, {column: kept[column]})
    return left


def longer(*columns: str) -> list[tuple[str, str]]:
    return [(name, f"{name} || 'x'") for name in columns]


def greater(*columns: str) -> list[tuple[str, str]]:
    return [(name, f"{name} + 1") for name in columns]


RECEIPT_CHANGES = [
    *longer(
        "vendor",
        "key_id",
        "headers",
        "body_sha256",
        "result",
        "detail",
        "identifier",
        "previous_sha256",
        "erasable_sha256",
    ),
    *longer("record_sha256"),
    *greater("received_at"),
    ("content_sha256", "'x'"),
    ("revision", "100"),
    ("policy_sha256", "'x'"),
    ("chain_position", "100"),
    ("chain_position", "NULL"),
    ("identifier", "NULL"),
    ("replay_of", "1"),
    ("pruned_at", "1"),
    ("erased_at", "1"),
]


@pytest.mark.parametrize(
    "with_checkpoints", [True, False], ids=["checkpoints", "no checkpoint yet"]
)
def test_a_receipt_changed_in_any_column_is_named(
    deps: Dependencies, with_checkpoints: bool
) -> None:
    fill(deps, with_checkpoints=with_checkpoints)
    body_changed = ("body", binary(deps, '{"status": "accepted"}'))

    assert unnoticed(deps, "receipt", 4, [*RECEIPT_CHANGES, body_changed]) == []
    assert found(deps) == {}
    assert {column for column, _ in RECEIPT_CHANGES} >= {*RECEIPT_COLUMNS} - {"body"}


def test_a_receipt_whose_id_was_changed_is_named(deps: Dependencies) -> None:
    fill(deps, with_checkpoints=True)

    change(deps, "receipt", 4, id="104")
    change(deps, "receipt", 6, id="106")

    assert {"receipt 4", "receipt 6"} <= found(deps).keys()


def test_ids_changed_before_a_checkpoint_do_not_fit_the_chain(
    deps: Dependencies,
) -> None:
    fill(deps, with_checkpoints=False)

    change(deps, "receipt", 4, id="104")

    assert list(found(deps)) == ["receipt 5"]


def test_a_decision_changed_in_any_column_is_named(deps: Dependencies) -> None:
    fill(deps, with_checkpoints=True)
    changes = [
        *longer(
            "outcome_before", "outcome", "opened", "closed", "reasons", "cause", "policy_sha256"
        ),
        *longer("inputs", "erasable_sha256", "record_sha256"),
        *greater("at", "revision"),
        ("final_at", "1"),
        *(
            ("actor", "'operator'"),
            ("note", "'x'"),
            ("receipt_id", "1"),
            ("revised", "NOT revised"),
        ),
    ]

    assert unnoticed(deps, "decision", 3, changes) == []
    assert {column for column, _ in changes} >= {*DECISION_COLUMNS}


def test_a_checkpoint_changed_in_any_column_is_named(deps: Dependencies) -> None:
    fill(deps, with_checkpoints=True)
    changes = [
        *longer("previous_sha256", "id_ranges", "last_ids", "manifest_sha256"),
        *greater("at"),
        ("id_ranges", "'[]'"),
        ("id_ranges", """'{"receipt":"1-x","decision":""}'"""),
        ("id_ranges", """'{"receipt":"1-99999999999","decision":""}'"""),
        ("at", "9000000000000000000"),
        ("last_ids", """'{"receipt":0,"decision":0}'"""),
    ]

    assert unnoticed(deps, "checkpoint", 4, changes) == []
    assert unnoticed(deps, "checkpoint", 8, changes) == []


def test_a_policy_whose_text_was_changed_is_named(deps: Dependencies) -> None:
    fill(deps, with_checkpoints=True)

    deps.database.fetch(Statement("UPDATE policy SET text = text || ' '"))

    assert list(found(deps)) == [f"policy {deps.policy.sha256}"]


def test_decisions_whose_policy_was_removed_are_named(deps: Dependencies) -> None:
    fill(deps, with_checkpoints=True)

    deps.database.fetch(Statement("DELETE FROM policy"))

    assert list(found(deps)) == [f"decision {number}" for number in (1, 2, 3)]


def unmissed(deps: Dependencies, numbers: Iterable[int], detail_part: str) -> list[int]:
    """Return the receipts that verification does not miss. Each is removed, and then restored."""
    left = []
    for number in numbers:
        kept = row(deps, "receipt", number)
        remove(deps, "receipt", number)
        if not any(detail_part in detail for details in found(deps).values() for detail in details):
            left.append(number)
        insert(deps, {"id": number, **kept})
    return left


def test_any_removed_receipt_is_missed_by_its_checkpoint(deps: Dependencies) -> None:
    fill(deps, with_checkpoints=True)

    assert unmissed(deps, range(1, 9), "removed, though checkpoint") == []


def test_any_receipt_removed_before_a_checkpoint_leaves_a_gap_in_its_chain(
    deps: Dependencies,
) -> None:
    fill(deps, with_checkpoints=False)

    assert unmissed(deps, CHAINED, "was removed") == []


def test_a_removed_receipt_is_named(deps: Dependencies) -> None:
    fill(deps, with_checkpoints=True)

    remove(deps, "receipt", 6)

    assert list(found(deps)) == ["receipt 6"]


def test_a_decision_that_was_removed_is_named(deps: Dependencies) -> None:
    fill(deps, with_checkpoints=True)

    remove(deps, "decision", 3)

    assert list(found(deps)) == ["decision 3"]


def test_where_a_checkpoint_was_removed_the_next_one_follows_nothing_known(
    deps: Dependencies,
) -> None:
    fill(deps, with_checkpoints=True)

    remove(deps, "checkpoint", 3)

    assert {"checkpoint 4", "receipt 3"} <= found(deps).keys()


SWAPPED = {
    "bodies": ["body"],
    "bodies with their digests": ["body", "body_sha256"],
    "places": ["chain_position"],
    "places with what comes before": ["chain_position", "previous_sha256"],
    "all but place and id": [
        name for name in RECEIPT_COLUMNS if name not in ("chain_position", "previous_sha256")
    ],
    "all but the id": [*RECEIPT_COLUMNS],
}


@pytest.mark.parametrize(
    "with_checkpoints", [True, False], ids=["checkpoints", "no checkpoint yet"]
)
@pytest.mark.parametrize("columns", SWAPPED.values(), ids=SWAPPED.keys())
def test_two_receipts_that_were_swapped_are_found(
    deps: Dependencies, columns: list[str], with_checkpoints: bool
) -> None:
    fill(deps, with_checkpoints=with_checkpoints)
    one, other = row(deps, "receipt", 2), row(deps, "receipt", 4)

    change(deps, "receipt", 2, chain_position="0")  # a place is taken only once
    put(deps, "receipt", 4, {name: one[name] for name in columns})
    put(
        deps,
        "receipt",
        2,
        {"chain_position": one["chain_position"], **{name: other[name] for name in columns}},
    )

    assert {key for key in found(deps) if key.startswith(("receipt", "checkpoint"))}


def forge(deps: Dependencies, number: int, **changes: Any) -> None:
    """Return a receipt with correct digests, as an intruder makes it who knows them."""
    forged = {**row(deps, "receipt", 8), **changes, "id": number}
    forged["erasable_sha256"] = erasable_sha256("receipt", forged)
    forged["record_sha256"] = record_sha256("receipt", forged)
    insert(deps, forged)


def test_a_receipt_inserted_below_a_checkpoint_is_named_even_with_valid_digests(
    deps: Dependencies,
) -> None:
    fill(deps, with_checkpoints=True)

    forge(deps, -5, identifier=None, chain_position=None, previous_sha256=None)
    forge(deps, 0, identifier="three", chain_position=1, previous_sha256="")

    assert "receipt -5,0" in found(deps)


def test_a_receipt_rewritten_with_all_its_digests_does_not_fit_its_checkpoint(
    deps: Dependencies,
) -> None:
    fill(deps, with_checkpoints=True)
    remove(deps, "receipt", 6)

    forge(deps, 6, identifier=None, chain_position=None, previous_sha256=None)

    assert list(found(deps)) == ["checkpoint 6"]


def test_what_was_pruned_or_erased_still_verifies_by_its_digests(deps: Dependencies) -> None:
    fill(deps, with_checkpoints=True)
    change(deps, "receipt", 2, pruned_at="1", body=binary(deps, ""))
    change(deps, "receipt", 4, erased_at="1", body=binary(deps, ""), headers="''", detail="''")
    verification = EvidenceVerifier(deps)

    assert list(verification.faults(lambda _: None)) == []
    assert (verification.counts["pruned"], verification.counts["erased"]) == (1, 1)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_bytes_in_a_text_column_are_named_and_stop_nothing(deps: Dependencies) -> None:
    """SQLite stores values of any type in any column."""
    fill(deps, with_checkpoints=True)
    names = ("detail", "headers", "record_sha256", "result", "body", "identifier")
    changes = [(name, bad) for name in names for bad in ("CAST(X'ff00fe' AS TEXT)", "X'ff00fe'")]

    assert unnoticed(deps, "receipt", 4, [*changes, ("body", "7")]) == []


def test_the_chain_and_the_decisions_of_one_session_are_checked(deps: Dependencies) -> None:
    fill(deps, with_checkpoints=True)
    change(deps, "receipt", 7, detail="'x'")
    change(deps, "receipt", 6, detail="'x'")

    of_one, of_two = (
        list(EvidenceVerifier(deps).faults_of_session(each)) for each in (IDENTIFIER, "two")
    )

    assert of_one == []
    assert [(fault.kind, fault.record_id, fault.position) for fault in of_two] == [
        ("receipt", 7, 1)
    ]


def test_the_newest_receipt_of_one_session_is_missed(deps: Dependencies) -> None:
    fill(deps, with_checkpoints=False)

    remove(deps, "receipt", 8)

    (fault, *_) = [
        fault
        for fault in EvidenceVerifier(deps).faults_of_session(IDENTIFIER)
        if fault.kind == "session"
    ]
    assert (fault.identifier, fault.position) == (IDENTIFIER, 6)


def test_an_old_policy_is_no_fault(deps: Dependencies) -> None:
    fill(deps, with_checkpoints=True)
    other = replace(deps, policy=replace(deps.policy, sha256="0" * 64))

    record(other, body(identifier="three", status="accepted"))

    assert list(found(deps)) == [f"policy {'0' * 64}"]
