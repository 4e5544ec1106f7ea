"""The digests of receipts and decisions: whoever changes one afterwards contradicts them (docs/evidence.md)."""

import hashlib
import json
from collections.abc import Mapping
from operator import itemgetter
from typing import Any, NamedTuple

from proctor_results.formats.json_value import Json


class ChainLink(NamedTuple):
    """A receipt's chain_position in the chain of its session, from 1 on, and its digest, which the next one repeats."""

    position: int
    record_sha256: str


def chain_start(identifier: str) -> ChainLink:
    """What the first receipt of a session follows."""
    return ChainLink(0, _digest("chain", identifier))


def receipt_erasable_sha256(columns: Mapping[str, Any]) -> str:
    """What may have to be erased with a person, the body aside. Columns are given, here and below, as stored."""
    return _digest("receipt erasable", *_RECEIPT_ERASABLE_COLUMNS(columns))


def receipt_digest(columns: Mapping[str, Any]) -> str:
    """Covers the receipt before, and by their digests also what may be pruned or erased from this one some day."""
    return _digest("receipt", *_RECEIPT_COLUMNS(columns))


def decision_erasable_sha256(columns: Mapping[str, Any]) -> str:
    """What may have to be erased with a person. `identifier` is that of the session."""
    return _digest("decision erasable", *_DECISION_ERASABLE_COLUMNS(columns))


def decision_digest(columns: Mapping[str, Any]) -> str:
    """Covers the receipt that brought the decision about: `receipt` is its digest."""
    return _digest("decision", *_DECISION_COLUMNS(columns))


def _digest(*values: Json) -> str:
    """SHA-256 of a JSON array without spaces, in ASCII."""
    return hashlib.sha256(_encode(values).encode()).hexdigest()


_encode = json.JSONEncoder(separators=(",", ":")).encode

_RECEIPT_ERASABLE_COLUMNS = itemgetter(
    "identifier", "headers", "content_sha256", "detail", "replay_of"
)
_RECEIPT_COLUMNS = itemgetter(
    *(
        "previous_sha256",
        "chain_position",
        "received_at",
        "vendor",
        "key_id",
        "result",
        "revision",
        "policy_sha256",
        "body_sha256",
    ),
    "erasable_sha256",
)
_DECISION_ERASABLE_COLUMNS = itemgetter(
    "identifier", "opened", "closed", "reasons", "actor", "note", "inputs"
)
_DECISION_COLUMNS = itemgetter(
    *(
        "receipt_sha256",
        "at",
        "revision",
        "outcome_before",
        "outcome",
        "policy_sha256",
        "revised",
        "final_at",
        "cause",
    ),
    "erasable_sha256",
)
