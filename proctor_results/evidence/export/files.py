"""The files of a bundle: requests as they came, what became of them, and what shows that nothing was changed."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from proctor_results.evidence.export.model import (
    CheckpointWithManifest,
    EvidenceBundle,
    Row,
)
from proctor_results.evidence.export.readme import render_readme
from proctor_results.formats.times import format_time

BundleFile = tuple[str, bytes]

VERIFY_SCRIPT = Path(__file__).with_name("verify.py")


def build_files(bundle: EvidenceBundle, now: datetime) -> Iterator[BundleFile]:
    """Names and contents; the last one is the list of the SHA-256 of all the others."""
    checksum_lines = []
    for name, content in _build_files(bundle, now):
        checksum_lines.append(f"{hashlib.sha256(content).hexdigest()}  {name}\n")
        yield name, content
    yield "SHA256SUMS", "".join(checksum_lines).encode()


def _build_files(bundle: EvidenceBundle, now: datetime) -> Iterator[BundleFile]:
    receipts = []
    checkpoint_numbers = bundle.checkpoint_of("receipt")
    for row in bundle.receipts:
        receipt = _receipt_json(row, checkpoint_numbers)
        receipts.append(receipt)
        if receipt["body"]:
            yield receipt["body"], _to_bytes(row["body"])
    decisions = [_decision_json(row, bundle.checkpoint_of("decision")) for row in bundle.decisions]
    yield "receipts.json", _to_json(receipts)
    yield "decisions.json", _to_json(decisions)
    yield from (
        (f"policies/{policy['sha256']}.toml", _to_bytes(policy["text"]))
        for policy in bundle.policies
    )
    yield (
        "checkpoints.json",
        _to_json([_checkpoint_json(covering) for covering in bundle.checkpoints]),
    )
    yield from (
        (f"checkpoints/{covering.checkpoint.number}.txt", _to_bytes(covering.manifest))
        for covering in bundle.checkpoints
    )
    yield "README.md", render_readme(bundle.identifier, receipts, decisions, now).encode()
    yield "verify.py", VERIFY_SCRIPT.read_bytes()


def _receipt_json(row: Row, checkpoint_numbers: Mapping[int, int]) -> dict[str, Any]:
    body_removed = row["pruned_at"] is not None or row["erased_at"] is not None
    return {
        **{name: value for name, value in row.items() if name not in _OMITTED_COLUMNS},
        "body": None if body_removed else f"requests/receipt-{row['id']}.txt",
        "received": _time_text(row["received_at"]),
        "pruned": _time_text(row["pruned_at"]),
        "erased": _time_text(row["erased_at"]),
        "checkpoint": checkpoint_numbers.get(row["id"]),
    }


def _decision_json(row: Row, checkpoint_numbers: Mapping[int, int]) -> dict[str, Any]:
    return {
        **{name: value for name, value in row.items() if name not in _OMITTED_COLUMNS},
        "decided": _time_text(row["at"]),
        "erased": _time_text(row["erased_at"]),
        "checkpoint": checkpoint_numbers.get(row["id"]),
    }


def _checkpoint_json(covering: CheckpointWithManifest) -> dict[str, Any]:
    return {
        "number": covering.checkpoint.number,
        "at": format_time(covering.checkpoint.at),
        "previous_sha256": covering.checkpoint.previous_sha256,
        "manifest_sha256": covering.checkpoint.manifest_sha256,
        "id_ranges": covering.checkpoint.id_ranges,
    }


def _time_text(milliseconds: int | None) -> str | None:
    """What is no moment any more is shown as it is: this must not hide it, nor stumble over it."""
    if not isinstance(milliseconds, int):
        return milliseconds if milliseconds is None else str(milliseconds)
    return format_time(_EPOCH + timedelta(milliseconds=milliseconds))


def _to_json(rows: Sequence[Mapping[str, Any]]) -> bytes:
    return (json.dumps(rows, indent=1, default=repr) + "\n").encode()


def _to_bytes(value: bytes | str) -> bytes:
    return value.encode(errors="surrogateescape") if isinstance(value, str) else bytes(value)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_OMITTED_COLUMNS = {"body", "before_id", "before_record_sha256", "pruned_at", "erased_at"}
