"""Compares rows with their digests and names what does not fit."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from proctor_results.evidence.hash_chain import chain_start, erasable_sha256, record_sha256

Row = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class IntegrityFault:
    """A problem with a record of some `kind`.

    `record_id` is an id, several as in `17-19,23`, or the SHA-256 of a policy. `identifier` and
    `position` say where the record is in the chain of a session.
    """

    kind: str
    record_id: int | str
    detail: str
    identifier: str | None = None
    position: int | None = None


def receipt_faults(row: Row) -> Iterator[IntegrityFault]:
    """Check a receipt with the `before_id` and `before_record_sha256` of the one before it."""
    for detail in (*_receipt_problems(row), *_chain_problems(row)):
        yield _row_fault("receipt", row, detail, row["chain_position"])


def decision_faults(row: Row) -> Iterator[IntegrityFault]:
    """Check a decision that comes with its session's `identifier` and its `receipt_sha256`."""
    for detail in _decision_problems(row):
        yield _row_fault("decision", row, detail)


def missing_policy(row: Row) -> IntegrityFault:
    """Return the fault of a decision whose policy is not stored."""
    return _row_fault("decision", row, f"its policy {row['policy_sha256']} was removed")


def truncated_chain(row: Row) -> IntegrityFault:
    """Return the fault of a session whose newest receipt, at `receipt_count`, is missing."""
    position = row["receipt_count"]
    detail = f"its newest receipt, at position {position}, was removed"
    return _row_fault("session", row, detail, position)


def policy_faults(row: Row) -> Iterator[IntegrityFault]:
    """Check that a policy's text has the SHA-256 by which it is known."""
    if _sha256(row["text"]) != row["sha256"]:
        yield IntegrityFault(kind="policy", record_id=row["sha256"], detail="its text was changed")


def _row_fault(kind: str, row: Row, detail: str, position: int | None = None) -> IntegrityFault:
    return IntegrityFault(
        kind=kind,
        record_id=row["id"],
        detail=detail,
        identifier=row["identifier"],
        position=position,
    )


def _receipt_problems(row: Row) -> Iterator[str]:
    is_emptied = row["pruned_at"] is not None or row["erased_at"] is not None
    if is_emptied and row["body"]:
        yield "it is marked as emptied, and has a body"
    if not is_emptied and _sha256(row["body"]) != row["body_sha256"]:
        yield "its body was changed"
    if not _erasable_fields_fit("receipt", row):
        yield "its identifier, headers, content_sha256, detail or replay_of was changed"
    if not _fits(row["record_sha256"], lambda: record_sha256("receipt", row)):
        yield "its chain position, time, vendor, key, result or a digest was changed"


def _chain_problems(row: Row) -> Iterator[str]:
    if row["chain_position"] is None:
        return
    if row["chain_position"] == 1:
        if row["erased_at"] is None and not _fits(
            row["previous_sha256"], lambda: chain_start(row["identifier"]).record_sha256
        ):
            yield "it does not begin the chain of its session"
    elif row["before_id"] is None:
        yield "the receipt at the position before it was removed or moved"
    elif row["before_record_sha256"] != row["previous_sha256"]:
        yield f"it does not follow receipt {row['before_id']}, which was changed or moved"
    elif row["before_id"] >= row["id"]:
        yield f"its id was changed: it is not higher than {row['before_id']}, which it follows"


def _decision_problems(row: Row) -> Iterator[str]:
    if row["receipt_id"] is not None and row["receipt_sha256"] is None:
        yield f"receipt {row['receipt_id']}, which caused it, was removed"
    elif not _fits(row["record_sha256"], lambda: record_sha256("decision", row)):
        yield "its time, revision, outcome, policy, cause, receipt or a digest was changed"
    if not _erasable_fields_fit("decision", row):
        yield "its session, holds, reasons, actor, note or inputs were changed"


def _erasable_fields_fit(kind: str, row: Row) -> bool:
    """Erased fields are not compared."""
    return row["erased_at"] is not None or _fits(
        row["erasable_sha256"], lambda: erasable_sha256(kind, row)
    )


def _fits(stored: object, compute: Callable[[], str]) -> bool:
    """Return whether the digest is as stored. A row that JSON cannot represent has no digest."""
    try:
        return stored == compute()
    except TypeError:
        return False


def _sha256(stored: object) -> str | None:
    """SQLite accepts any type as a body; what is neither bytes nor text has no digest."""
    data = stored.encode(errors="surrogateescape") if isinstance(stored, str) else stored
    return hashlib.sha256(data).hexdigest() if isinstance(data, bytes | memoryview) else None
