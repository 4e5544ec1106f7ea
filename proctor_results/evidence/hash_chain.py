"""The digests that tie receipts and decisions together, as docs/evidence.md describes them.

It imports the standard library only: every exported bundle checks itself with a copy of this text.
"""

import hashlib
import json
from collections.abc import Mapping
from operator import itemgetter
from typing import Any, NamedTuple


class ChainLink(NamedTuple):
    """A receipt's position in the chain of its session, from 1 on, and its digest."""

    position: int
    record_sha256: str


def chain_start(identifier: str) -> ChainLink:
    """Return what the first receipt of a session follows."""
    return ChainLink(0, _array_sha256("chain", identifier))


def erasable_sha256(kind: str, row: Mapping[str, Any]) -> str:
    """Digest what may have to be erased of a `receipt` or `decision`, the body excepted.

    Rows have their columns as stored; a decision's also has its session's `identifier`.
    """
    return _array_sha256(f"{kind} erasable", *_ERASABLE_FIELDS[kind](row))


def record_sha256(kind: str, row: Mapping[str, Any]) -> str:
    """Digest a `receipt` or `decision`, with what may be erased represented by its own digest.

    A receipt's row names the receipt before it as `previous_sha256`, a decision's the receipt
    that caused it as `receipt_sha256`.
    """
    return _array_sha256(kind, *_RECORD_FIELDS[kind](row))


def _array_sha256(*values: object) -> str:
    """Digest a JSON array without spaces, in ASCII."""
    return hashlib.sha256(_encode(values).encode()).hexdigest()


_encode = json.JSONEncoder(separators=(",", ":")).encode

_ERASABLE_FIELDS = {
    "receipt": itemgetter("identifier", "headers", "content_sha256", "detail", "replay_of"),
    "decision": itemgetter("identifier", "opened", "closed", "reasons", "actor", "note", "inputs"),
}

_RECORD_FIELDS = {
    "receipt": itemgetter(
        "previous_sha256",
        "chain_position",
        "received_at",
        "vendor",
        "key_id",
        "result",
        "revision",
        "policy_sha256",
        "body_sha256",
        "erasable_sha256",
    ),
    "decision": itemgetter(
        "receipt_sha256",
        "at",
        "revision",
        "outcome_before",
        "outcome",
        "policy_sha256",
        "revised",
        "final_at",
        "cause",
        "erasable_sha256",
    ),
}
