"""Somebody needs all that is evidence of one session."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence

from proctor_results.database.connection import Database
from proctor_results.dependencies import Dependencies
from proctor_results.evidence import audit_reader, checkpoints_store
from proctor_results.evidence.checkpoint import (
    RECORD_TYPES,
    Checkpoint,
    manifest_header,
    manifest_line,
    parse_ranges,
)
from proctor_results.evidence.checkpoints_store import HighWaterMark
from proctor_results.evidence.export.model import CheckpointWithManifest, EvidenceBundle

_NO_LIMIT = 1_000_000
"""More than any checkpoint covers."""


def collect_evidence(deps: Dependencies, identifier: str) -> EvidenceBundle | None:
    """Receipts, decisions, policies and the checkpoints over them; None where there is nothing. Raises LedgerAway."""
    decisions = list(audit_reader.read_decisions_of(deps.database, identifier))
    ids = {
        "receipt_sha256": audit_reader.read_receipt_ids(deps.database, identifier),
        "decision": [decision["id"] for decision in decisions],
    }
    if not any(ids.values()):
        return None
    policy_hashes = {decision["policy_sha256"] for decision in decisions}
    return EvidenceBundle(
        identifier=identifier,
        receipts=audit_reader.read_receipts_of(deps.database, identifier),
        decisions=decisions,
        policies=[
            policy
            for policy in audit_reader.read_policies(deps.database)
            if policy["sha256"] in policy_hashes
        ],
        checkpoints=list(_covering_checkpoints(deps.database, ids)),
    )


def _covering_checkpoints(
    database: Database, ids: Mapping[str, Sequence[int]]
) -> Iterator[CheckpointWithManifest]:
    """The checkpoints that cover any of them."""
    after_ids = dict.fromkeys(RECORD_TYPES, 0)
    for checkpoint in _readable_checkpoints(database):
        if any(
            _has_id_between(ids[kind], after_ids[kind], checkpoint.last_ids[kind])
            for kind in RECORD_TYPES
        ):
            yield CheckpointWithManifest(
                checkpoint=checkpoint, manifest=_manifest(database, checkpoint, after_ids)
            )
        after_ids = dict(checkpoint.last_ids)


def _readable_checkpoints(database: Database) -> Iterator[Checkpoint]:
    """What somebody has changed so that nobody can read it covers nothing."""
    for row in audit_reader.read_checkpoints(
        database, checkpoints_store.load_last_number(database)
    ):
        try:
            yield checkpoints_store.checkpoint_from_row(row)
        except ValueError:
            continue


def _has_id_between(ids: Sequence[int], after_id: int, last_id: int) -> bool:
    """The ids ascend."""
    return bisect_right(ids, after_id) < bisect_right(ids, last_id)


def _manifest(database: Database, checkpoint: Checkpoint, after_ids: Mapping[str, int]) -> str:
    """Written anew from what is there: where something was changed, its SHA-256 is not the checkpoint's digest."""
    covered_ids = {kind: set(parse_ranges(checkpoint.id_ranges[kind])) for kind in RECORD_TYPES}
    high_water_mark = HighWaterMark(last_ids=checkpoint.last_ids, active_writers=frozenset())
    rows = checkpoints_store.list_between(database, after_ids, high_water_mark, _NO_LIMIT)
    lines = (
        manifest_line(kind, record_id, digest)
        for kind, record_id, digest in rows
        if record_id in covered_ids[kind]
    )
    return manifest_header(checkpoint.previous_sha256, checkpoint.at) + "".join(lines)
