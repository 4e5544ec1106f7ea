"""A checkpoint: one digest over all receipts and decisions since the checkpoint before."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from proctor_results.formats.times import format_time

RECORD_TYPES = ("receipt", "decision")
"""The tables whose rows a checkpoint covers, in the order of its manifest."""

NO_PREVIOUS = "none"
"""The first checkpoint has this for the digest of the one before."""


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """A checkpoint as it is stored; `number` is given when it is written.

    `id_ranges` lists the covered ids of each kind, as in `1-120,122`, and `last_ids` the highest.
    """

    previous_sha256: str
    at: datetime
    id_ranges: Mapping[str, str]
    last_ids: Mapping[str, int]
    manifest_sha256: str
    number: int = 0


@dataclass
class CheckpointManifest:
    """The text whose SHA-256 identifies a checkpoint: a header, and a line for each record."""

    previous_sha256: str
    at: datetime
    ids_by_kind: Mapping[str, list[int]] = field(
        default_factory=lambda: {kind: [] for kind in RECORD_TYPES}
    )

    def __post_init__(self) -> None:
        self._hash = hashlib.sha256(manifest_header(self.previous_sha256, self.at).encode())

    def add(self, kind: str, record_id: int, record_sha256: str) -> None:
        """Add a record. The caller adds kind by kind, in the order of ids."""
        line = manifest_line(kind, record_id, record_sha256)
        self._hash.update(line.encode(errors="surrogateescape"))
        self.ids_by_kind[kind].append(record_id)

    @property
    def manifest_sha256(self) -> str:
        return self._hash.hexdigest()

    def to_checkpoint(self, previous_checkpoint: Checkpoint | None) -> Checkpoint:
        """Return the checkpoint over everything added, without a number."""
        previous_last_ids = previous_checkpoint.last_ids if previous_checkpoint else {}
        return Checkpoint(
            previous_sha256=self.previous_sha256,
            at=self.at,
            id_ranges={kind: format_ranges(ids) for kind, ids in self.ids_by_kind.items()},
            last_ids={
                kind: ids[-1] if ids else previous_last_ids.get(kind, 0)
                for kind, ids in self.ids_by_kind.items()
            },
            manifest_sha256=self.manifest_sha256,
        )


def manifest_header(previous_sha256: str, at: datetime) -> str:
    return f"proctor-results checkpoint\nprevious {previous_sha256}\nat {format_time(at)}\n"


def manifest_line(kind: str, record_id: int, record_sha256: str) -> str:
    return f"{kind} {record_id} {record_sha256}\n"


def format_ranges(ids: Iterable[int]) -> str:
    """Write ascending ids in short: `1-3,7` for 1, 2, 3 and 7."""
    ranges: list[tuple[int, int]] = []
    for record_id in ids:
        first = ranges.pop()[0] if ranges and ranges[-1][1] == record_id - 1 else record_id
        ranges.append((first, record_id))
    return ",".join(f"{first}-{last}" if first < last else str(first) for first, last in ranges)


def parse_ranges(text: str) -> Iterator[int]:
    """Yield the ids that `format_ranges` wrote."""
    for first, last in _bounds(text):
        yield from range(first, last + 1)


def is_valid_ranges(text: str) -> bool:
    """Return whether `format_ranges` may have written it, for a checkpoint of ours."""
    return bool(_RANGES.fullmatch(text)) and (
        sum(last - first for first, last in _bounds(text)) <= _MAX_IDS_PER_CHECKPOINT
    )


def _bounds(text: str) -> Iterator[tuple[int, int]]:
    for id_range in filter(None, text.split(",")):
        first, _, last = id_range.partition("-")
        yield int(first), int(last or first)


_RANGES = re.compile(r"(\d+(-\d+)?(,\d+(-\d+)?)*)?")
_MAX_IDS_PER_CHECKPOINT = 1_000_000
"""No checkpoint covers more of a kind; a larger range would only exhaust the memory."""
