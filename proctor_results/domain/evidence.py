"""The digests of receipts and decisions: whoever changes one afterwards contradicts them (docs/evidence.md)."""

import hashlib
import json
from collections.abc import Mapping
from operator import itemgetter
from typing import Any, NamedTuple

from proctor_results.domain.json_value import Json


class Link(NamedTuple):
    """A receipt's place in the chain of its session, from 1 on, and its digest, which the next one repeats."""

    place: int
    digest: str


def genesis(identifier: str) -> Link:
    """What the first receipt of a session follows."""
    return Link(0, _digest("chain", identifier))


def receipt_particulars(columns: Mapping[str, Any]) -> str:
    """What may have to be erased with a person, the body aside. Columns are given, here and below, as stored."""
    return _digest("receipt particulars", *_RECEIPT_PARTICULARS(columns))


def receipt_digest(columns: Mapping[str, Any]) -> str:
    """Covers the receipt before, and by their digests also what may be pruned or erased from this one some day."""
    return _digest("receipt", *_RECEIPT(columns))


def decision_particulars(columns: Mapping[str, Any]) -> str:
    """What may have to be erased with a person. `identifier` is that of the session."""
    return _digest("decision particulars", *_DECISION_PARTICULARS(columns))


def decision_digest(columns: Mapping[str, Any]) -> str:
    """Covers the receipt that brought the decision about: `receipt` is its digest."""
    return _digest("decision", *_DECISION(columns))


def _digest(*said: Json) -> str:
    """SHA-256 of a JSON array without spaces, in ASCII."""
    return hashlib.sha256(_encode(said).encode()).hexdigest()


_encode = json.JSONEncoder(separators=(",", ":")).encode

_RECEIPT_PARTICULARS = itemgetter("identifier", "headers", "content", "detail", "replay_of")
_RECEIPT = itemgetter(
    *("previous", "place", "received_at", "vendor", "key_id", "verdict", "revision", "policy_sha256", "sha256"),
    "particulars",
)
_DECISION_PARTICULARS = itemgetter("identifier", "opened", "closed", "reasons", "actor", "note", "said")
_DECISION = itemgetter(
    *("receipt", "at", "revision", "outcome_before", "outcome", "policy_sha256", "revised", "settles_at", "cause"),
    "particulars",
)
