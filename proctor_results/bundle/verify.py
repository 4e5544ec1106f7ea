"""Checks this bundle with nothing but Python: run `python3 verify.py` in its folder.

It ends with 0 and says so where everything fits together; otherwise it names what does not, and ends with 1.
"""

import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
RECEIPT_PARTICULARS = ("identifier", "headers", "content", "detail", "replay_of")
RECEIPT = (
    *("previous", "place", "received_at", "vendor", "key_id", "verdict", "revision", "policy_sha256", "sha256"),
    "particulars",
)
DECISION_PARTICULARS = ("identifier", "opened", "closed", "reasons", "actor", "note", "said")
DECISION = (
    *("receipt", "at", "revision", "outcome_before", "outcome", "policy_sha256", "revised", "settles_at", "cause"),
    "particulars",
)


def main() -> int:
    """The exit code."""
    faults = list(faults_of_files())
    if not faults:
        try:
            faults = list(faults_within())
        except (ValueError, LookupError, TypeError, OSError) as error:
            faults = [f"it cannot be read as a bundle: {error!r}"]
    for fault in faults:
        print(fault)
    print(f"{len(faults)} things do not fit" if faults else "everything fits together")
    return 1 if faults else 0


def faults_within() -> Iterator[str]:
    """What does not fit in files that are as SHA256SUMS says. Shows the checkpoints, to be compared with the log."""
    receipts, decisions, checkpoints = (
        json.loads((HERE / f"{name}.json").read_text(encoding="utf-8"))
        for name in ("receipts", "decisions", "checkpoints")
    )
    print(f"{len(receipts)} receipts, {len(decisions)} decisions, {len(checkpoints)} checkpoints")
    for each in checkpoints:
        print(f"checkpoint {each['number']} of {each['at']}: {each['digest']}")
    yield from faults_of_receipts(receipts)
    yield from faults_of_decisions(decisions, {receipt["id"]: receipt["digest"] for receipt in receipts})
    yield from faults_of_seals(checkpoints, receipts, decisions)


def faults_of_files() -> Iterator[str]:
    """Every file must have the SHA-256 that SHA256SUMS names for it."""
    for line in (HERE / "SHA256SUMS").read_text(encoding="utf-8").splitlines():
        digest, _, name = line.partition("  ")
        if not (HERE / name).is_file():
            yield f"{name} is missing"
        elif sha256((HERE / name).read_bytes()) != digest:
            yield f"{name} was changed"


def faults_of_receipts(receipts: list[dict[str, Any]]) -> Iterator[str]:
    """Each must fit its own digests, and follow the one before."""
    before = None
    for place, receipt in enumerate(receipts, start=1):
        name = f"receipt {receipt['id']}"
        if receipt["body"] and sha256((HERE / receipt["body"]).read_bytes()) != receipt["sha256"]:
            yield f"{name}: its body is not the one that arrived"
        if (
            not receipt["erased"]
            and array_digest("receipt particulars", receipt, RECEIPT_PARTICULARS) != (receipt["particulars"])
        ):
            yield f"{name}: its particulars were changed"
        if array_digest("receipt", receipt, RECEIPT) != receipt["digest"]:
            yield f"{name}: it was changed"
        if receipt["place"] != place or receipt["previous"] != (before or beginning(receipt)):
            yield f"{name}: it does not follow the one before it"
        before = receipt["digest"]


def faults_of_decisions(decisions: list[dict[str, Any]], receipts: dict[int, str]) -> Iterator[str]:
    """Each must fit its own digests, rest on a receipt that is here, and name a policy that is here."""
    for decision in decisions:
        name = f"decision {decision['id']}"
        if decision["receipt_id"] is not None and receipts.get(decision["receipt_id"]) != decision["receipt"]:
            yield f"{name}: it rests on a receipt that is not here"
        if (
            not decision["erased"]
            and array_digest("decision particulars", decision, DECISION_PARTICULARS) != (decision["particulars"])
        ):
            yield f"{name}: its particulars were changed"
        if array_digest("decision", decision, DECISION) != decision["digest"]:
            yield f"{name}: it was changed"
        policy = HERE / "policies" / f"{decision['policy_sha256']}.toml"
        if not policy.is_file() or sha256(policy.read_bytes()) != decision["policy_sha256"]:
            yield f"{name}: its policy is not here, or was changed"


def faults_of_seals(
    checkpoints: list[dict[str, Any]], receipts: list[dict[str, Any]], decisions: list[dict[str, Any]]
) -> Iterator[str]:
    """The digest of a checkpoint is that of its sheet; what has a checkpoint must stand there with its digest."""
    lines = set()
    for each in checkpoints:
        sheet = (HERE / "checkpoints" / f"{each['number']}.txt").read_bytes()
        if sha256(sheet) != each["digest"]:
            yield f"checkpoint {each['number']}: its sheet is not the one that was sealed"
        lines.update(sheet.decode().splitlines())
    for kind, rows in (("receipt", receipts), ("decision", decisions)):
        for row in rows:
            if row["checkpoint"] and f"{kind} {row['id']} {row['digest']}" not in lines:
                yield f"{kind} {row['id']}: it is not as checkpoint {row['checkpoint']} has sealed it"


def beginning(receipt: dict[str, Any]) -> str:
    """What the first receipt follows; where the identifier was erased, nobody can tell any more."""
    if receipt["erased"]:
        return str(receipt["previous"])
    return array_digest("chain", receipt, ("identifier",))


def array_digest(first: str, row: dict[str, Any], names: tuple[str, ...]) -> str:
    """SHA-256 of a JSON array without spaces, in ASCII: a word that says what it is, then these values."""
    return sha256(json.dumps([first, *(row[name] for name in names)], separators=(",", ":")).encode())


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
