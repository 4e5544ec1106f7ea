"""Compares a checkpoint with the records that it covers."""

from collections.abc import Iterator, Mapping, Sequence
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
    """Takes all records up to the end of a checkpoint, and then names what is wrong with it."""

    checkpoint: Checkpoint

    def __post_init__(self) -> None:
        self._manifest = CheckpointManifest(self.checkpoint.previous_sha256, self.checkpoint.at)
        self._covered_ids = {
            kind: set(parse_ranges(self.checkpoint.id_ranges[kind])) for kind in RECORD_TYPES
        }
        self._unexpected_ids: dict[str, list[int]] = {kind: [] for kind in RECORD_TYPES}

    def add(self, kind: str, record_id: int, record_sha256: str) -> None:
        """Take a record. The caller adds kind by kind, in the order of ids."""
        if record_id in self._covered_ids[kind]:
            self._manifest.add(kind, record_id, record_sha256)
        else:
            self._unexpected_ids[kind].append(record_id)

    def faults(self, previous_checkpoint: Checkpoint | None) -> Iterator[IntegrityFault]:
        """Yield what was removed, inserted or changed since the checkpoint was written."""
        yield from self._sequence_faults(previous_checkpoint)
        missing_ids = {
            kind: sorted(self._covered_ids[kind].difference(self._manifest.ids_by_kind[kind]))
            for kind in RECORD_TYPES
        }
        number = self.checkpoint.number
        yield from _faults_by_kind(missing_ids, f"removed, though checkpoint {number} covers it")
        yield from _faults_by_kind(
            self._unexpected_ids,
            "inserted afterwards, or the checkpoint that covered it was removed or changed",
        )
        is_changed = self._manifest.manifest_sha256 != self.checkpoint.manifest_sha256
        if is_changed and not any(missing_ids.values()):
            yield self._fault("it, or the digest of a record that it covers, was changed")

    def _sequence_faults(self, previous_checkpoint: Checkpoint | None) -> Iterator[IntegrityFault]:
        expected_sha256, name, last_ids = NO_PREVIOUS, "nothing", dict.fromkeys(RECORD_TYPES, 0)
        if previous_checkpoint:
            expected_sha256 = previous_checkpoint.manifest_sha256
            name, last_ids = (
                f"checkpoint {previous_checkpoint.number}",
                dict(previous_checkpoint.last_ids),
            )
        if self.checkpoint.previous_sha256 != expected_sha256:
            yield self._fault(f"it does not follow {name}: one before it was removed or changed")
        expected_last_ids = {
            kind: max(self._covered_ids[kind], default=last_ids[kind]) for kind in RECORD_TYPES
        }
        if self.checkpoint.last_ids != expected_last_ids:
            yield self._fault("its last ids were changed")

    def _fault(self, detail: str) -> IntegrityFault:
        return IntegrityFault(kind="checkpoint", record_id=self.checkpoint.number, detail=detail)


def _faults_by_kind(
    ids_by_kind: Mapping[str, Sequence[int]], detail: str
) -> Iterator[IntegrityFault]:
    for kind, ids in ids_by_kind.items():
        if ids:
            yield IntegrityFault(kind=kind, record_id=format_ranges(ids), detail=detail)
