"""Compares rows with their digests, and tells what does not fit."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from proctor_results.evidence.hash_chain import (
    chain_start,
    decision_digest,
    decision_erasable_sha256,
    receipt_digest,
    receipt_erasable_sha256,
)

Row = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class IntegrityFault:
    """What is wrong, and with what: `number` is an id, or several as in `17-19,23`, or a policy's SHA-256.

    `identifier` and `chain_position` say where it stands in the chain of a session.
    """

    kind: str
    record_id: int | str
    detail: str
    identifier: str | None = None
    position: int | None = None


def receipt_faults(row: Row) -> Iterator[IntegrityFault]:
    """The row has, beside its own columns, `before_id` and `before_record_sha256` of the receipt at the chain_position before."""
    for detail in (*_receipt_problems(row), *_chain_problems(row)):
        yield IntegrityFault(
            kind="receipt",
            record_id=row["id"],
            detail=detail,
            identifier=row["identifier"],
            position=row["chain_position"],
        )


def decision_faults(row: Row) -> Iterator[IntegrityFault]:
    """The row has, beside its own columns, its session's `identifier` and its receipt's digest as `receipt`."""
    for detail in _decision_problems(row):
        yield IntegrityFault(
            kind="decision", record_id=row["id"], detail=detail, identifier=row["identifier"]
        )


def policy_faults(row: Row) -> Iterator[IntegrityFault]:
    """A policy is known by the SHA-256 of its text."""
    if _sha256(row["text"]) != row["sha256"]:
        yield IntegrityFault(kind="policy", record_id=row["sha256"], detail="its text was changed")


def missing_policy(row: Row) -> IntegrityFault:
    """The row is a decision, whose policy is not there."""
    detail = f"policy {row['policy_sha256']}, which judged, was removed"
    return IntegrityFault(
        kind="decision", record_id=row["id"], detail=detail, identifier=row["identifier"]
    )


def unreadable_checkpoint(number: int) -> IntegrityFault:
    """It is there, but no checkpoint any more."""
    return IntegrityFault(
        kind="checkpoint", record_id=number, detail="it was changed so that nobody can read it"
    )


def truncated_chain(row: Row) -> IntegrityFault:
    """The row has a session's `identifier`, and the chain_position of the newest receipt as it was counted, which is missing."""
    detail = f"the receipt at chain_position {row['receipt_count']}, the newest, was removed"
    return IntegrityFault(
        kind="session",
        record_id=row["id"],
        detail=detail,
        identifier=row["identifier"],
        position=row["receipt_count"],
    )


def _receipt_problems(row: Row) -> Iterator[str]:
    is_emptied = row["pruned_at"] is not None or row["erased_at"] is not None
    if is_emptied and row["body"]:
        yield "it is marked as emptied, and has a body"
    if not is_emptied and _sha256(row["body"]) != row["body_sha256"]:
        yield "its body was changed"
    if row["erased_at"] is None and not _digest_matches(
        row["erasable_sha256"], receipt_erasable_sha256, row
    ):
        yield "its identifier, headers, content, detail or replay_of was changed"
    if not _digest_matches(row["record_sha256"], receipt_digest, row):
        yield "its chain_position, time, vendor, key, verdict or one of its digests was changed"


def _chain_problems(row: Row) -> Iterator[str]:
    if row["chain_position"] is None:
        return
    if row["chain_position"] == 1:
        if row["erased_at"] is None and not _digest_matches(
            row["previous_sha256"], _chain_start_digest, row
        ):
            yield "it does not begin the chain of its session"
    elif row["before_id"] is None:
        yield "the receipt at the chain_position before it was removed, or moved"
    elif row["before_record_sha256"] != row["previous_sha256"]:
        yield f"it does not follow receipt {row['before_id']}, which was changed or put into another's chain_position"
    elif row["before_id"] >= row["id"]:
        yield f"its id was changed: it is not higher than that of receipt {row['before_id']}, which it follows"


def _decision_problems(row: Row) -> Iterator[str]:
    if row["receipt_id"] is not None and row["receipt_sha256"] is None:
        yield f"receipt {row['receipt_id']}, on which it rests, was removed"
    elif not _digest_matches(row["record_sha256"], decision_digest, row):
        yield "its time, revision, outcome, policy, cause or receipt, or one of its digests was changed"
    if row["erased_at"] is None and not _digest_matches(
        row["erasable_sha256"], decision_erasable_sha256, row
    ):
        yield "its session, holds, reasons, actor or note was changed"


def _chain_start_digest(row: Row) -> str:
    return chain_start(row["identifier"]).record_sha256


def _digest_matches(stored: object, digest_of: Callable[[Row], str], row: Row) -> bool:
    """What JSON cannot even say, such as bytes among the texts, is none of ours."""
    try:
        return stored == digest_of(row)
    except TypeError:
        return False


def _sha256(stored: object) -> str | None:
    """SQLite takes anything for a body; what is neither bytes nor text has no digest."""
    data = stored.encode(errors="surrogateescape") if isinstance(stored, str) else stored
    return hashlib.sha256(data).hexdigest() if isinstance(data, bytes | memoryview) else None
