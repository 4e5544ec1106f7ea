"""Collects everything that is evidence of one session, as it is stored."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from proctor_results.database.connection import Database
from proctor_results.dependencies import Dependencies
from proctor_results.evidence import audit_store, checkpoints_store
from proctor_results.evidence.checkpoint import (
    RECORD_TYPES,
    Checkpoint,
    manifest_header,
    manifest_line,
    parse_ranges,
)
from proctor_results.evidence.integrity_faults import Row

_NO_LIMIT = 1_000_000
"""More than any checkpoint covers."""


@dataclass(frozen=True, kw_only=True)
class CheckpointWithManifest:
    """A checkpoint and its manifest, rebuilt from the records that are stored today."""

    checkpoint: Checkpoint
    manifest: str


@dataclass(frozen=True, kw_only=True)
class EvidenceBundle:
    """Rows by column name. `receipts` can be read once, because their bodies may be many."""

    identifier: str
    receipts: Iterable[Row]
    decisions: Sequence[Row]
    policies: Sequence[Row]
    checkpoints: Sequence[CheckpointWithManifest]

    def checkpoint_numbers(self, kind: str) -> Mapping[int, int]:
        """Return the number of the checkpoint that covers each id."""
        return {
            record_id: entry.checkpoint.number
            for entry in self.checkpoints
            for record_id in parse_ranges(entry.checkpoint.id_ranges[kind])
        }


def collect_evidence(deps: Dependencies, identifier: str) -> EvidenceBundle | None:
    """Collect a session's evidence; None if there is none. Raises DatabaseUnavailable."""
    decisions = list(audit_store.read_decisions_of(deps.database, identifier))
    ids = {
        "receipt": audit_store.read_receipt_ids(deps.database, identifier),
        "decision": [decision["id"] for decision in decisions],
    }
    if not any(ids.values()):
        return None
    used_policies = {decision["policy_sha256"] for decision in decisions}
    policies = audit_store.read_policies(deps.database)
    return EvidenceBundle(
        identifier=identifier,
        receipts=audit_store.read_receipts_of(deps.database, identifier),
        decisions=decisions,
        policies=[policy for policy in policies if policy["sha256"] in used_policies],
        checkpoints=list(_covering_checkpoints(deps.database, ids)),
    )


def _covering_checkpoints(
    database: Database, ids: Mapping[str, Sequence[int]]
) -> Iterator[CheckpointWithManifest]:
    """Yield the checkpoints that cover any of these ids, which ascend."""
    after_ids: Mapping[str, int] = dict.fromkeys(RECORD_TYPES, 0)
    for checkpoint in _readable_checkpoints(database):
        last_ids = checkpoint.last_ids
        if any(
            bisect_right(ids[kind], after_ids[kind]) < bisect_right(ids[kind], last_ids[kind])
            for kind in RECORD_TYPES
        ):
            manifest = _rebuild_manifest(database, checkpoint, after_ids)
            yield CheckpointWithManifest(checkpoint=checkpoint, manifest=manifest)
        after_ids = last_ids


def _readable_checkpoints(database: Database) -> Iterator[Checkpoint]:
    """Skip checkpoints that were changed and cannot be read any more."""
    last_id = checkpoints_store.last_id(database, "checkpoint")
    for row in audit_store.read_checkpoints(database, last_id):
        try:
            yield checkpoints_store.checkpoint_from_row(row)
        except ValueError:
            continue


def _rebuild_manifest(
    database: Database, checkpoint: Checkpoint, after_ids: Mapping[str, int]
) -> str:
    """Where a record was changed, the text has another SHA-256 than the checkpoint."""
    covered_ids = {kind: set(parse_ranges(checkpoint.id_ranges[kind])) for kind in RECORD_TYPES}
    records = checkpoints_store.list_between(database, after_ids, checkpoint.last_ids, _NO_LIMIT)
    lines = (
        manifest_line(kind, record_id, record_sha256)
        for kind, record_id, record_sha256 in records
        if record_id in covered_ids[kind]
    )
    return manifest_header(checkpoint.previous_sha256, checkpoint.at) + "".join(lines)
