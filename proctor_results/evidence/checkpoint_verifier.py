"""Compares a checkpoint with what is there of all that it seals."""

from collections.abc import Iterator
from dataclasses import dataclass

from proctor_results.evidence.checkpoint import (
    NO_PREVIOUS,
    RECORD_TYPES,
    Checkpoint,
    CheckpointManifest,
    format_ranges,
    parse_ranges,
)
from proctor_results.evidence.integrity_faults import IntegrityFault


@dataclass
class CheckpointVerifier:
    """Is shown everything up to the end of a checkpoint, and then knows what is wrong with it."""

    checkpoint: Checkpoint

    def __post_init__(self) -> None:
        self._manifest = CheckpointManifest(self.checkpoint.previous_sha256, self.checkpoint.at)
        self._covered_ids = {kind: _ids_covered_by(self.checkpoint, kind) for kind in RECORD_TYPES}
        self._unexpected_ids: dict[str, list[int]] = {kind: [] for kind in RECORD_TYPES}

    def add(self, kind: str, record_id: int, digest: str) -> None:
        """Kind by kind, and each by its ids."""
        if record_id in self._covered_ids[kind]:
            self._manifest.add(kind, record_id, digest)
        else:
            self._unexpected_ids[kind].append(record_id)

    def faults(self, previous_checkpoint: Checkpoint | None) -> Iterator[IntegrityFault]:
        """What was removed, inserted or changed; `before` is the checkpoint before."""
        if self.checkpoint.previous_sha256 != (
            previous_checkpoint.manifest_sha256 if previous_checkpoint else NO_PREVIOUS
        ):
            yield self._checkpoint_fault(
                f"it does not follow {_checkpoint_name(previous_checkpoint)}: one before it was removed, or changed"
            )
        if self.checkpoint.last_ids != self._expected_last_ids(previous_checkpoint):
            yield self._checkpoint_fault("what it says of its end was changed")
        missing = {
            kind: sorted(self._covered_ids[kind].difference(self._manifest.ids_by_kind[kind]))
            for kind in RECORD_TYPES
        }
        yield from _faults_by_kind(
            missing,
            f"removed: checkpoint {self.checkpoint.number} has sealed what is not there any more",
        )
        yield from _faults_by_kind(
            self._unexpected_ids,
            "inserted afterwards, or the checkpoint that sealed it was removed or changed",
        )
        if (
            not any(missing.values())
            and self._manifest.manifest_sha256 != self.checkpoint.manifest_sha256
        ):
            yield self._checkpoint_fault(
                "it, or the digest of something that it seals, was changed"
            )

    def _expected_last_ids(self, previous_checkpoint: Checkpoint | None) -> dict[str, int]:
        return {
            kind: max(
                self._covered_ids[kind],
                default=previous_checkpoint.last_ids[kind] if previous_checkpoint else 0,
            )
            for kind in RECORD_TYPES
        }

    def _checkpoint_fault(self, detail: str) -> IntegrityFault:
        return IntegrityFault(kind="checkpoint", record_id=self.checkpoint.number, detail=detail)


def _ids_covered_by(checkpoint: Checkpoint, kind: str) -> set[int]:
    return set(parse_ranges(checkpoint.id_ranges[kind]))


def _checkpoint_name(checkpoint: Checkpoint | None) -> str:
    return f"checkpoint {checkpoint.number}" if checkpoint else "nothing"


def _faults_by_kind(ids_by_kind: dict[str, list[int]], detail: str) -> Iterator[IntegrityFault]:
    for kind, ids in ids_by_kind.items():
        if ids:
            yield IntegrityFault(kind=kind, record_id=format_ranges(ids), detail=detail)
