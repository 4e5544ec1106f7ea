"""Checks this bundle with nothing but Python: run `python3 verify.py` in its folder.

It ends with 0 if it finds no fault; otherwise it names every fault and ends with 1.
"""

import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from proctor_results.evidence.hash_chain import chain_start, erasable_sha256, record_sha256

BUNDLE_FOLDER = Path(__file__).resolve().parent


def main() -> int:
    """Print every fault; return the exit code."""
    faults = list(find_changed_files())
    if not faults:
        try:
            faults = list(find_faults())
        except (ValueError, LookupError, TypeError, OSError) as error:
            faults = [f"it cannot be read as a bundle: {error!r}"]
    for fault in faults:
        print(fault)
    print(f"{len(faults)} faults" if faults else "no faults")
    return 1 if faults else 0


def find_changed_files() -> Iterator[str]:
    """Compare every file with its SHA-256 in SHA256SUMS."""
    for line in (BUNDLE_FOLDER / "SHA256SUMS").read_text(encoding="utf-8").splitlines():
        digest, _, name = line.partition("  ")
        if not (BUNDLE_FOLDER / name).is_file():
            yield f"{name} is missing"
        elif file_sha256(name) != digest:
            yield f"{name} was changed"


def find_faults() -> Iterator[str]:
    """Compare the files with each other. Print the checkpoints, to be compared with the log."""
    receipts, decisions, checkpoints = (
        json.loads((BUNDLE_FOLDER / f"{name}.json").read_text(encoding="utf-8"))
        for name in ("receipts", "decisions", "checkpoints")
    )
    print(f"{len(receipts)} receipts, {len(decisions)} decisions, {len(checkpoints)} checkpoints")
    for checkpoint in checkpoints:
        number, at = checkpoint["number"], checkpoint["at"]
        print(f"checkpoint {number} of {at}: {checkpoint['manifest_sha256']}")
    yield from find_faults_in_receipts(receipts)
    receipt_digests = {receipt["id"]: receipt["record_sha256"] for receipt in receipts}
    yield from find_faults_in_decisions(decisions, receipt_digests)
    lines = set[str]()
    yield from find_faults_in_checkpoints(checkpoints, lines)
    yield from find_missing_lines("receipt", receipts, lines)
    yield from find_missing_lines("decision", decisions, lines)


def find_faults_in_receipts(receipts: list[dict[str, Any]]) -> Iterator[str]:
    """Check that each receipt fits its own digests and follows the one before."""
    previous_sha256 = None
    for position, receipt in enumerate(receipts, start=1):
        name = f"receipt {receipt['id']}"
        if receipt["body"] and file_sha256(receipt["body"]) != receipt["body_sha256"]:
            yield f"{name}: its body is not the one that arrived"
        yield from find_changed_fields("receipt", receipt)
        expected_sha256 = previous_sha256 or first_previous_sha256(receipt)
        if (receipt["chain_position"], receipt["previous_sha256"]) != (position, expected_sha256):
            yield f"{name}: it does not follow the one before it"
        previous_sha256 = receipt["record_sha256"]


def find_faults_in_decisions(
    decisions: list[dict[str, Any]], receipt_digests: dict[int, str]
) -> Iterator[str]:
    """Check that each decision fits its own digests, and that its receipt and policy are here."""
    for decision in decisions:
        name, receipt_id = f"decision {decision['id']}", decision["receipt_id"]
        if receipt_id and receipt_digests.get(receipt_id) != decision["receipt_sha256"]:
            yield f"{name}: the receipt that caused it is not here"
        yield from find_changed_fields("decision", decision)
        policy = f"policies/{decision['policy_sha256']}.toml"
        if not (BUNDLE_FOLDER / policy).is_file() or (
            file_sha256(policy) != decision["policy_sha256"]
        ):
            yield f"{name}: its policy is not here, or was changed"


def find_changed_fields(kind: str, row: dict[str, Any]) -> Iterator[str]:
    if not row["erased"] and erasable_sha256(kind, row) != row["erasable_sha256"]:
        yield f"{kind} {row['id']}: its erasable fields were changed"
    if record_sha256(kind, row) != row["record_sha256"]:
        yield f"{kind} {row['id']}: it was changed"


def first_previous_sha256(receipt: dict[str, Any]) -> str:
    """Compute what the first receipt follows. If its identifier was erased, any value fits."""
    if receipt["erased"]:
        return str(receipt["previous_sha256"])
    return chain_start(receipt["identifier"]).record_sha256


def find_faults_in_checkpoints(checkpoints: list[dict[str, Any]], lines: set[str]) -> Iterator[str]:
    """Check that each manifest has the SHA-256 of its checkpoint; collect the manifests' lines."""
    for checkpoint in checkpoints:
        name = f"checkpoints/{checkpoint['number']}.txt"
        if file_sha256(name) != checkpoint["manifest_sha256"]:
            yield f"checkpoint {checkpoint['number']}: its manifest was changed"
        lines.update((BUNDLE_FOLDER / name).read_text(encoding="utf-8").splitlines())


def find_missing_lines(kind: str, rows: list[dict[str, Any]], lines: set[str]) -> Iterator[str]:
    """Check that what a checkpoint covers is in its manifest with the same digest."""
    for row in rows:
        if row["checkpoint"] and f"{kind} {row['id']} {row['record_sha256']}" not in lines:
            yield f"{kind} {row['id']}: checkpoint {row['checkpoint']} has it with another digest"


def file_sha256(name: str) -> str:
    return hashlib.sha256((BUNDLE_FOLDER / name).read_bytes()).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
