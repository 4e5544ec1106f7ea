"""Finds receipts, decisions, policies and checkpoints that were changed, removed or inserted."""

from collections import Counter
from collections.abc import Iterator, Mapping

from proctor_results.dependencies import Dependencies
from proctor_results.evidence import audit_store, checkpoints_store
from proctor_results.evidence.audit_store import ProgressCallback
from proctor_results.evidence.checkpoint import RECORD_TYPES, Checkpoint
from proctor_results.evidence.checkpoint_verifier import CheckpointVerifier
from proctor_results.evidence.integrity_faults import (
    IntegrityFault,
    Row,
    decision_faults,
    missing_policy,
    policy_faults,
    receipt_faults,
    truncated_chain,
)


class EvidenceVerifier:
    """Checks once everything that is stored when it begins. All methods raise DatabaseUnavailable.

    `counts` says how many records it has checked, and `newest_checkpoint` is the last readable one.
    """

    def __init__(self, deps: Dependencies) -> None:
        self._database = deps.database
        self.counts = Counter[str]()
        self.newest_checkpoint: Checkpoint | None = None
        # Read before the ids of records: then all records that these checkpoints cover are visible.
        self._last_checkpoint = checkpoints_store.last_id(deps.database, "checkpoint")
        self._last_ids = checkpoints_store.read_high_water_mark(deps.database).last_ids
        self._policies: set[str] = set()

    @property
    def total_ids(self) -> int:
        """How many ids `faults` goes through; some may have no record."""
        return sum(self._last_ids.values())

    def faults(self, report_progress: ProgressCallback) -> Iterator[IntegrityFault]:
        """Yield everything that is wrong. `report_progress` gets steps towards `total_ids`."""
        yield from self._policy_faults()
        pages = (audit_store.read_receipts, audit_store.read_decisions)
        records = {
            kind: _PeekableRows(read(self._database, self._last_ids[kind], report_progress))
            for kind, read in zip(RECORD_TYPES, pages, strict=True)
        }
        for checkpoint in audit_store.read_checkpoints(self._database, self._last_checkpoint):
            yield from self._checkpoint_faults(checkpoint, records)
        for kind in RECORD_TYPES:
            for row in records[kind].up_to(self._last_ids[kind]):
                self.counts["without_checkpoint"] += 1
                yield from self._record_faults(kind, row)
        yield from map(truncated_chain, audit_store.find_truncated_chains(self._database))

    def faults_of_session(self, identifier: str) -> Iterator[IntegrityFault]:
        """Yield what is wrong with the chain and the decisions of one session."""
        yield from self._policy_faults()
        for row in audit_store.read_receipts_of(self._database, identifier):
            yield from self._record_faults("receipt", row)
        for row in audit_store.read_decisions_of(self._database, identifier):
            yield from self._record_faults("decision", row)
        truncated = audit_store.find_truncated_chain_of(self._database, identifier)
        yield from map(truncated_chain, truncated)

    def _policy_faults(self) -> Iterator[IntegrityFault]:
        for row in audit_store.read_policies(self._database):
            self._policies.add(row["sha256"])
            self.counts["policy"] += 1
            yield from policy_faults(row)

    def _checkpoint_faults(
        self, checkpoint_row: Row, records: Mapping[str, "_PeekableRows"]
    ) -> Iterator[IntegrityFault]:
        self.counts["checkpoint"] += 1
        try:
            checkpoint = checkpoints_store.checkpoint_from_row(checkpoint_row)
        except ValueError:
            detail = "it was changed and cannot be read any more"
            yield IntegrityFault(kind="checkpoint", record_id=checkpoint_row["id"], detail=detail)
            return
        verifier = CheckpointVerifier(checkpoint)
        for kind in RECORD_TYPES:
            for row in records[kind].up_to(checkpoint.last_ids[kind]):
                verifier.add(kind, row["id"], row["record_sha256"])
                yield from self._record_faults(kind, row)
        yield from verifier.faults(self.newest_checkpoint)
        self.newest_checkpoint = checkpoint

    def _record_faults(self, kind: str, row: Row) -> Iterator[IntegrityFault]:
        self.counts[kind] += 1
        self.counts["erased"] += row["erased_at"] is not None
        if kind == "receipt":
            self.counts["pruned"] += row["pruned_at"] is not None
            yield from receipt_faults(row)
            return
        yield from decision_faults(row)
        if row["policy_sha256"] not in self._policies:
            yield missing_policy(row)


class _PeekableRows:
    """Rows in the order of their ids, taken in several parts."""

    def __init__(self, rows: Iterator[Row]) -> None:
        self._rows = rows
        self._next_row = next(rows, None)

    def up_to(self, last_id: int) -> Iterator[Row]:
        """Take the rows with an id up to this one."""
        while self._next_row is not None and self._next_row["id"] <= last_id:
            row, self._next_row = self._next_row, next(self._rows, None)
            yield row
