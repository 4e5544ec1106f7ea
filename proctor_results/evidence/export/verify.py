"""Checks this bundle with nothing but Python: run `python3 verify.py` in its folder.

It ends with 0 and says so where no faults; otherwise it names what does not, and ends with 1.
"""

import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

BUNDLE_FOLDER = Path(__file__).resolve().parent
RECEIPT_ERASABLE_FIELDS = ("identifier", "headers", "content_sha256", "detail", "replay_of")
RECEIPT_FIELDS = (
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
DECISION_ERASABLE_FIELDS = ("identifier", "opened", "closed", "reasons", "actor", "note", "inputs")
DECISION_FIELDS = (
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


def main() -> int:
    """The exit code."""
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


def find_faults() -> Iterator[str]:
    """What does not fit in files that are as SHA256SUMS says. Shows the checkpoints, to be compared with the log."""
    receipts, decisions, checkpoints = (
        json.loads((BUNDLE_FOLDER / f"{name}.json").read_text(encoding="utf-8"))
        for name in ("receipts", "decisions", "checkpoints")
    )
    print(f"{len(receipts)} receipts, {len(decisions)} decisions, {len(checkpoints)} checkpoints")
    for checkpoint in checkpoints:
        print(
            f"checkpoint {checkpoint['number']} of {checkpoint['at']}: {checkpoint['manifest_sha256']}"
        )
    yield from find_faults_in_receipts(receipts)
    yield from find_faults_in_decisions(
        decisions, {receipt["id"]: receipt["record_sha256"] for receipt in receipts}
    )
    yield from find_faults_in_checkpoints(checkpoints, receipts, decisions)


def find_changed_files() -> Iterator[str]:
    """Every file must have the SHA-256 that SHA256SUMS names for it."""
    for line in (BUNDLE_FOLDER / "SHA256SUMS").read_text(encoding="utf-8").splitlines():
        digest, _, name = line.partition("  ")
        if not (BUNDLE_FOLDER / name).is_file():
            yield f"{name} is missing"
        elif sha256((BUNDLE_FOLDER / name).read_bytes()) != digest:
            yield f"{name} was changed"


def find_faults_in_receipts(receipts: list[dict[str, Any]]) -> Iterator[str]:
    """Each must fit its own digests, and follow the one before."""
    previous_sha256 = None
    for position, receipt in enumerate(receipts, start=1):
        name = f"receipt {receipt['id']}"
        if (
            receipt["body"]
            and sha256((BUNDLE_FOLDER / receipt["body"]).read_bytes()) != receipt["body_sha256"]
        ):
            yield f"{name}: its body is not the one that arrived"
        if (
            not receipt["erased"]
            and array_digest("receipt erasable", receipt, RECEIPT_ERASABLE_FIELDS)
            != (receipt["erasable_sha256"])
        ):
            yield f"{name}: its erasable fields were changed"
        if array_digest("receipt", receipt, RECEIPT_FIELDS) != receipt["record_sha256"]:
            yield f"{name}: it was changed"
        if receipt["chain_position"] != position or receipt["previous_sha256"] != (
            previous_sha256 or chain_start(receipt)
        ):
            yield f"{name}: it does not follow the one before it"
        previous_sha256 = receipt["record_sha256"]


def find_faults_in_decisions(
    decisions: list[dict[str, Any]], receipt_digests: dict[int, str]
) -> Iterator[str]:
    """Each must fit its own digests, rest on a receipt that is here, and name a policy that is here."""
    for decision in decisions:
        name = f"decision {decision['id']}"
        if (
            decision["receipt_id"] is not None
            and receipt_digests.get(decision["receipt_id"]) != decision["receipt_sha256"]
        ):
            yield f"{name}: it rests on a receipt that is not here"
        if (
            not decision["erased"]
            and array_digest("decision erasable", decision, DECISION_ERASABLE_FIELDS)
            != (decision["erasable_sha256"])
        ):
            yield f"{name}: its erasable fields were changed"
        if array_digest("decision", decision, DECISION_FIELDS) != decision["record_sha256"]:
            yield f"{name}: it was changed"
        policy = BUNDLE_FOLDER / "policies" / f"{decision['policy_sha256']}.toml"
        if not policy.is_file() or sha256(policy.read_bytes()) != decision["policy_sha256"]:
            yield f"{name}: its policy is not here, or was changed"


def find_faults_in_checkpoints(
    checkpoints: list[dict[str, Any]],
    receipts: list[dict[str, Any]],
    decisions: list[dict[str, Any]],
) -> Iterator[str]:
    """The digest of a checkpoint is that of its sheet; what has a checkpoint must stand there with its digest."""
    lines = set()
    for checkpoint in checkpoints:
        manifest = (BUNDLE_FOLDER / "checkpoints" / f"{checkpoint['number']}.txt").read_bytes()
        if sha256(manifest) != checkpoint["manifest_sha256"]:
            yield f"checkpoint {checkpoint['number']}: its manifest is not the one that was signed"
        lines.update(manifest.decode().splitlines())
    for kind, rows in (("receipt", receipts), ("decision", decisions)):
        for row in rows:
            if row["checkpoint"] and f"{kind} {row['id']} {row['digest']}" not in lines:
                yield f"{kind} {row['id']}: it differs from checkpoint {row['checkpoint']} has sealed it"


def chain_start(receipt: dict[str, Any]) -> str:
    """What the first receipt follows; where the identifier was erased, nobody can tell any more."""
    if receipt["erased"]:
        return str(receipt["previous_sha256"])
    return array_digest("chain", receipt, ("identifier",))


def array_digest(label: str, row: dict[str, Any], names: tuple[str, ...]) -> str:
    """SHA-256 of a JSON array without spaces, in ASCII: a word that says what it is, then these values."""
    return sha256(
        json.dumps([label, *(row[name] for name in names)], separators=(",", ":")).encode()
    )


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
