"""The files of a bundle: requests as they came, what became of them, and what shows that nothing was changed."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from proctor_results.bundle.readme import readme
from proctor_results.domain.dossier import Dossier, Row, Sealed
from proctor_results.domain.times import text_of

File = tuple[str, bytes]

VERIFY = Path(__file__).with_name("verify.py")


def files(dossier: Dossier, now: datetime) -> Iterator[File]:
    """Names and contents; the last one is the list of the SHA-256 of all the others."""
    sums = []
    for name, content in _files(dossier, now):
        sums.append(f"{hashlib.sha256(content).hexdigest()}  {name}\n")
        yield name, content
    yield "SHA256SUMS", "".join(sums).encode()


def _files(dossier: Dossier, now: datetime) -> Iterator[File]:
    receipts = []
    seals = dossier.seals("receipt")
    for row in dossier.receipts:
        receipt = _receipt(row, seals)
        receipts.append(receipt)
        if receipt["body"]:
            yield receipt["body"], _bytes(row["body"])
    decisions = [_decision(row, dossier.seals("decision")) for row in dossier.decisions]
    yield "receipts.json", _json(receipts)
    yield "decisions.json", _json(decisions)
    yield from ((f"policies/{each['sha256']}.toml", _bytes(each["text"])) for each in dossier.policies)
    yield "checkpoints.json", _json([_checkpoint(each) for each in dossier.sealed])
    yield from ((f"checkpoints/{each.checkpoint.number}.txt", _bytes(each.sheet)) for each in dossier.sealed)
    yield "README.md", readme(dossier.identifier, receipts, decisions, now).encode()
    yield "verify.py", VERIFY.read_bytes()


def _receipt(row: Row, seals: Mapping[int, int]) -> dict[str, Any]:
    emptied = row["pruned_at"] is not None or row["erased_at"] is not None
    return {
        **{name: value for name, value in row.items() if name not in _LEFT_OUT},
        "body": None if emptied else f"requests/receipt-{row['id']}.txt",
        "received": _moment(row["received_at"]),
        "pruned": _moment(row["pruned_at"]),
        "erased": _moment(row["erased_at"]),
        "checkpoint": seals.get(row["id"]),
    }


def _decision(row: Row, seals: Mapping[int, int]) -> dict[str, Any]:
    return {
        **{name: value for name, value in row.items() if name not in _LEFT_OUT},
        "decided": _moment(row["at"]),
        "erased": _moment(row["erased_at"]),
        "checkpoint": seals.get(row["id"]),
    }


def _checkpoint(each: Sealed) -> dict[str, Any]:
    return {
        "number": each.checkpoint.number,
        "at": text_of(each.checkpoint.at),
        "previous": each.checkpoint.previous,
        "digest": each.checkpoint.digest,
        "covers": each.checkpoint.covers,
    }


def _moment(milliseconds: int | None) -> str | None:
    """What is no moment any more is shown as it is: this must not hide it, nor stumble over it."""
    if not isinstance(milliseconds, int):
        return milliseconds if milliseconds is None else str(milliseconds)
    return text_of(_EPOCH + timedelta(milliseconds=milliseconds))


def _json(rows: Sequence[Mapping[str, Any]]) -> bytes:
    return (json.dumps(rows, indent=1, default=repr) + "\n").encode()


def _bytes(stored: bytes | str) -> bytes:
    return stored.encode(errors="surrogateescape") if isinstance(stored, str) else bytes(stored)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LEFT_OUT = {"body", "before_id", "before_digest", "pruned_at", "erased_at"}
