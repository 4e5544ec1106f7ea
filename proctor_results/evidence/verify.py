"""Somebody wants to know whether anything that is evidence was changed, removed or inserted."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from proctor_results.dependencies import Dependencies
from proctor_results.evidence import audit_reader, checkpoints_store
from proctor_results.evidence.checkpoint import RECORD_TYPES, Checkpoint
from proctor_results.evidence.checkpoint_verifier import CheckpointVerifier
from proctor_results.evidence.integrity_faults import (
    IntegrityFault,
    decision_faults,
    missing_policy,
    policy_faults,
    receipt_faults,
    truncated_chain,
    unreadable_checkpoint,
)

Row = Mapping[str, Any]


class EvidenceVerifier:
    """Looks at all that is there when it begins, once. `seen` counts what it has looked at.

    `newest` is the last checkpoint that it could read.
    """

    def __init__(self, deps: Dependencies) -> None:
        """Raises LedgerAway."""
        self._database = deps.database
        self.counts = Counter[str]()
        self.newest_checkpoint: Checkpoint | None = None
        self._last_checkpoint = checkpoints_store.load_last_number(
            deps.database
        )  # first: what they seal is there by now
        self._last_ids = checkpoints_store.read_high_water_mark(deps.database).last_ids
        self._policies: set[str] = set()

    @property
    def total_ids(self) -> int:
        """How far the ids go, which takes no time to find out."""
        return sum(self._last_ids.values())

    def faults(self, report_progress: Callable[[int], None]) -> Iterator[IntegrityFault]:
        """Whatever is wrong. `read` is told how far it gets on the way of this `length`. Raises LedgerAway."""
        yield from self._policy_faults()
        rows_by_kind = {
            "receipt": _PeekableRows(
                audit_reader.read_receipts(
                    self._database, self._last_ids["receipt"], report_progress
                )
            ),
            "decision": _PeekableRows(
                audit_reader.read_decisions(
                    self._database, self._last_ids["decision"], report_progress
                )
            ),
        }
        yield from self._checkpoint_faults(rows_by_kind)
        for kind in RECORD_TYPES:
            for row in rows_by_kind[kind].up_to(self._last_ids[kind]):
                self.counts["unsealed"] += 1
                yield from self._row_faults(kind, row)
        yield from map(truncated_chain, audit_reader.find_truncated_chains(self._database))

    def faults_of_session(self, identifier: str) -> Iterator[IntegrityFault]:
        """Whatever is wrong with the chain and the decisions of one session. Raises LedgerAway."""
        yield from self._policy_faults()
        for row in audit_reader.read_receipts_of(self._database, identifier):
            yield from self._row_faults("receipt", row)
        for row in audit_reader.read_decisions_of(self._database, identifier):
            yield from self._row_faults("decision", row)
        yield from map(
            truncated_chain, audit_reader.find_truncated_chain_of(self._database, identifier)
        )

    def _policy_faults(self) -> Iterator[IntegrityFault]:
        for row in audit_reader.read_policies(self._database):
            self._policies.add(row["sha256"])
            self.counts["policy"] += 1
            yield from policy_faults(row)

    def _checkpoint_faults(
        self, rows_by_kind: Mapping[str, "_PeekableRows"]
    ) -> Iterator[IntegrityFault]:
        for number, *columns in audit_reader.read_checkpoints(
            self._database, self._last_checkpoint
        ):
            self.counts["checkpoint"] += 1
            try:
                verifier = CheckpointVerifier(
                    checkpoints_store.checkpoint_from_row((number, *columns))
                )
            except ValueError:
                yield unreadable_checkpoint(number)
                continue
            yield from self._covered_row_faults(verifier, rows_by_kind)
            yield from verifier.faults(self.newest_checkpoint)
            self.newest_checkpoint = verifier.checkpoint

    def _covered_row_faults(
        self, verifier: CheckpointVerifier, rows_by_kind: Mapping[str, "_PeekableRows"]
    ) -> Iterator[IntegrityFault]:
        for kind in RECORD_TYPES:
            for row in rows_by_kind[kind].up_to(verifier.checkpoint.last_ids[kind]):
                verifier.add(kind, row["id"], row["record_sha256"])
                yield from self._row_faults(kind, row)

    def _row_faults(self, kind: str, row: Row) -> Iterator[IntegrityFault]:
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
    """Rows on the way, taken as far as one likes."""

    def __init__(self, rows: Iterator[Row]) -> None:
        self._rows = rows
        self._next_row = next(rows, None)

    def up_to(self, last_id: int) -> Iterator[Row]:
        """Those with an id up to this one."""
        while self._next_row is not None and self._next_row["id"] <= last_id:
            row, self._next_row = self._next_row, next(self._rows, None)
            yield row
