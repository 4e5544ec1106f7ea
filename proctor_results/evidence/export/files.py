"""Writes the files of an evidence bundle: requests, results, and what proves them unchanged."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from proctor_results.evidence import hash_chain
from proctor_results.evidence.export.collect import CheckpointWithManifest, EvidenceBundle
from proctor_results.evidence.export.readme import render_readme
from proctor_results.evidence.integrity_faults import Row
from proctor_results.formats.times import format_time

BundleFile = tuple[str, bytes]


def build_files(bundle: EvidenceBundle, now: datetime) -> Iterator[BundleFile]:
    """Yield names and contents; the last file lists the SHA-256 of all the others."""
    checksum_lines = []
    for name, content in _build_files(bundle, now):
        checksum_lines.append(f"{hashlib.sha256(content).hexdigest()}  {name}\n")
        yield name, content
    yield "SHA256SUMS", "".join(checksum_lines).encode()


def verify_script() -> bytes:
    """Return `verify.py` as a stand-alone program, with `hash_chain.py` in place of its import."""
    script = Path(__file__).with_name("verify.py").read_text(encoding="utf-8")
    digests = Path(hash_chain.__file__).read_text(encoding="utf-8")
    return _HASH_CHAIN_IMPORT.sub(lambda _: digests, script).encode()


def _build_files(bundle: EvidenceBundle, now: datetime) -> Iterator[BundleFile]:
    receipts = []
    checkpoint_numbers = bundle.checkpoint_numbers("receipt")
    for row in bundle.receipts:
        receipts.append(_receipt_json(row, checkpoint_numbers))
        if body_name := receipts[-1]["body"]:
            yield body_name, _to_bytes(row["body"])
    checkpoint_numbers = bundle.checkpoint_numbers("decision")
    decisions = [_decision_json(row, checkpoint_numbers) for row in bundle.decisions]
    yield "receipts.json", _to_json(receipts)
    yield "decisions.json", _to_json(decisions)
    for policy in bundle.policies:
        yield f"policies/{policy['sha256']}.toml", _to_bytes(policy["text"])
    yield "checkpoints.json", _to_json([_checkpoint_json(entry) for entry in bundle.checkpoints])
    for entry in bundle.checkpoints:
        yield f"checkpoints/{entry.checkpoint.number}.txt", _to_bytes(entry.manifest)
    yield "README.md", render_readme(bundle.identifier, receipts, decisions, now).encode()
    yield "verify.py", verify_script()


def _receipt_json(row: Row, checkpoint_numbers: Mapping[int, int]) -> dict[str, Any]:
    body_removed = row["pruned_at"] is not None or row["erased_at"] is not None
    return {
        **_record_json(row, checkpoint_numbers),
        "body": None if body_removed else f"requests/receipt-{row['id']}.txt",
        "received": _time_text(row["received_at"]),
        "pruned": _time_text(row["pruned_at"]),
    }


def _decision_json(row: Row, checkpoint_numbers: Mapping[int, int]) -> dict[str, Any]:
    return {**_record_json(row, checkpoint_numbers), "decided": _time_text(row["at"])}


def _record_json(row: Row, checkpoint_numbers: Mapping[int, int]) -> dict[str, Any]:
    return {
        **{name: value for name, value in row.items() if name not in _OMITTED_COLUMNS},
        "erased": _time_text(row["erased_at"]),
        "checkpoint": checkpoint_numbers.get(row["id"]),
    }


def _checkpoint_json(entry: CheckpointWithManifest) -> dict[str, Any]:
    return {
        "number": entry.checkpoint.number,
        "at": format_time(entry.checkpoint.at),
        "previous_sha256": entry.checkpoint.previous_sha256,
        "manifest_sha256": entry.checkpoint.manifest_sha256,
        "id_ranges": entry.checkpoint.id_ranges,
    }


def _time_text(milliseconds: int | None) -> str | None:
    """A value that is no time, because it was tampered with, is shown as it is."""
    if not isinstance(milliseconds, int):
        return milliseconds if milliseconds is None else str(milliseconds)
    return format_time(_EPOCH + timedelta(milliseconds=milliseconds))


def _to_json(rows: Sequence[Mapping[str, Any]]) -> bytes:
    return (json.dumps(rows, indent=1, default=repr) + "\n").encode()


def _to_bytes(value: bytes | str) -> bytes:
    return value.encode(errors="surrogateescape") if isinstance(value, str) else bytes(value)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HASH_CHAIN_IMPORT = re.compile(r"^from proctor_results\.evidence\.hash_chain import .*\n", re.M)
_OMITTED_COLUMNS = {"body", "before_id", "before_record_sha256", "pruned_at", "erased_at"}
