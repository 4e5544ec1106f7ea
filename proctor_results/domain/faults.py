"""Compares rows with their digests, and tells what does not fit."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from proctor_results.domain.evidence import (
    decision_digest,
    decision_particulars,
    genesis,
    receipt_digest,
    receipt_particulars,
)

Row = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What is wrong, and with what: `number` is an id, or several as in `17-19,23`, or a policy's SHA-256.

    `identifier` and `place` say where it stands in the chain of a session.
    """

    kind: str
    number: int | str
    detail: str
    identifier: str | None = None
    place: int | None = None


def receipt_faults(row: Row) -> Iterator[Fault]:
    """The row has, beside its own columns, `before_id` and `before_digest` of the receipt at the place before."""
    for detail in (*_of_receipt(row), *_of_its_link(row)):
        yield Fault(kind="receipt", number=row["id"], detail=detail, identifier=row["identifier"], place=row["place"])


def decision_faults(row: Row) -> Iterator[Fault]:
    """The row has, beside its own columns, its session's `identifier` and its receipt's digest as `receipt`."""
    for detail in _of_decision(row):
        yield Fault(kind="decision", number=row["id"], detail=detail, identifier=row["identifier"])


def policy_faults(row: Row) -> Iterator[Fault]:
    """A policy is known by the SHA-256 of its text."""
    if _sha256(row["text"]) != row["sha256"]:
        yield Fault(kind="policy", number=row["sha256"], detail="its text was changed")


def policy_lost(row: Row) -> Fault:
    """The row is a decision, whose policy is not there."""
    detail = f"policy {row['policy_sha256']}, which judged, was removed"
    return Fault(kind="decision", number=row["id"], detail=detail, identifier=row["identifier"])


def checkpoint_lost(number: int) -> Fault:
    """It is there, but no checkpoint any more."""
    return Fault(kind="checkpoint", number=number, detail="it was changed so that nobody can read it")


def cut_chain(row: Row) -> Fault:
    """The row has a session's `identifier`, and the place of the newest receipt as it was counted, which is missing."""
    detail = f"the receipt at place {row['receipts']}, the newest, was removed"
    return Fault(kind="session", number=row["id"], detail=detail, identifier=row["identifier"], place=row["receipts"])


def _of_receipt(row: Row) -> Iterator[str]:
    emptied = row["pruned_at"] is not None or row["erased_at"] is not None
    if emptied and row["body"]:
        yield "it is marked as emptied, and has a body"
    if not emptied and _sha256(row["body"]) != row["sha256"]:
        yield "its body was changed"
    if row["erased_at"] is None and not _is(row["particulars"], receipt_particulars, row):
        yield "its identifier, headers, content, detail or replay_of was changed"
    if not _is(row["digest"], receipt_digest, row):
        yield "its place, time, vendor, key, verdict or one of its digests was changed"


def _of_its_link(row: Row) -> Iterator[str]:
    if row["place"] is None:
        return
    if row["place"] == 1:
        if row["erased_at"] is None and not _is(row["previous"], _beginning, row):
            yield "it does not begin the chain of its session"
    elif row["before_id"] is None:
        yield "the receipt at the place before it was removed, or moved"
    elif row["before_digest"] != row["previous"]:
        yield f"it does not follow receipt {row['before_id']}, which was changed or put into another's place"
    elif row["before_id"] >= row["id"]:
        yield f"its id was changed: it is not higher than that of receipt {row['before_id']}, which it follows"


def _of_decision(row: Row) -> Iterator[str]:
    if row["receipt_id"] is not None and row["receipt"] is None:
        yield f"receipt {row['receipt_id']}, on which it rests, was removed"
    elif not _is(row["digest"], decision_digest, row):
        yield "its time, revision, outcome, policy, cause or receipt, or one of its digests was changed"
    if row["erased_at"] is None and not _is(row["particulars"], decision_particulars, row):
        yield "its session, holds, reasons, actor or note was changed"


def _beginning(row: Row) -> str:
    return genesis(row["identifier"]).digest


def _is(stored: object, digest_of: Callable[[Row], str], row: Row) -> bool:
    """What JSON cannot even say, such as bytes among the texts, is none of ours."""
    try:
        return stored == digest_of(row)
    except TypeError:
        return False


def _sha256(stored: object) -> str | None:
    """SQLite takes anything for a body; what is neither bytes nor text has no digest."""
    said = stored.encode(errors="surrogateescape") if isinstance(stored, str) else stored
    return hashlib.sha256(said).hexdigest() if isinstance(said, bytes | memoryview) else None
