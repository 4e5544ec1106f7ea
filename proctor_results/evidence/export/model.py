"""Everything that is evidence of one session, as it is stored."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from proctor_results.evidence.checkpoint import Checkpoint, parse_ranges

Row = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class CheckpointWithManifest:
    """A checkpoint and its sheet, as it is written from what is there today."""

    checkpoint: Checkpoint
    manifest: str


@dataclass(frozen=True, kw_only=True)
class EvidenceBundle:
    """Rows by the names of their columns. `receipts` are read once, because their bodies may be many."""

    identifier: str
    receipts: Iterable[Row]
    decisions: Sequence[Row]
    policies: Sequence[Row]
    checkpoints: Sequence[CheckpointWithManifest]

    def checkpoint_of(self, kind: str) -> Mapping[int, int]:
        """Which checkpoint, by its number, covers which id."""
        return {
            record_id: entry.checkpoint.number
            for entry in self.checkpoints
            for record_id in parse_ranges(entry.checkpoint.id_ranges[kind])
        }
