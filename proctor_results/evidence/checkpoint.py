"""A seal over everything written since the seal before it: whoever adds or removes something breaks it."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from proctor_results.formats.times import format_time

RECORD_TYPES = ("receipt", "decision")
"""What is sealed, in the order of a sheet; each is a table with an `id` and a `digest`."""

NO_PREVIOUS = "none"
"""What the first checkpoint names as the one before."""


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """`covers` names for each kind the ids that are sealed, as in `1-120,122`, and `last` how far that goes.

    `previous` is the digest of the checkpoint before. `number` is given when it is written.
    """

    previous_sha256: str
    at: datetime
    id_ranges: Mapping[str, str]
    last_ids: Mapping[str, int]
    manifest_sha256: str
    number: int = 0


@dataclass
class CheckpointManifest:
    """The text whose SHA-256 is a checkpoint's digest: a head, and then a line for everything that it seals."""

    previous_sha256: str
    at: datetime
    ids_by_kind: Mapping[str, list[int]] = field(
        default_factory=lambda: {kind: [] for kind in RECORD_TYPES}
    )

    def __post_init__(self) -> None:
        self._hash = hashlib.sha256(manifest_header(self.previous_sha256, self.at).encode())

    def add(self, kind: str, record_id: int, digest: str) -> None:
        """Adds them kind by kind, and each kind by ids."""
        self._hash.update(manifest_line(kind, record_id, digest).encode(errors="surrogateescape"))
        self.ids_by_kind[kind].append(record_id)

    @property
    def manifest_sha256(self) -> str:
        return self._hash.hexdigest()

    @property
    def id_ranges(self) -> Mapping[str, str]:
        return {kind: format_ranges(ids) for kind, ids in self.ids_by_kind.items()}

    def to_checkpoint(self, previous_checkpoint: Checkpoint | None) -> Checkpoint:
        """The checkpoint that follows the one `before`."""
        previous_last_ids = previous_checkpoint.last_ids if previous_checkpoint else {}
        last_ids = {
            kind: ids[-1] if ids else previous_last_ids.get(kind, 0)
            for kind, ids in self.ids_by_kind.items()
        }
        return Checkpoint(
            previous_sha256=self.previous_sha256,
            at=self.at,
            id_ranges=self.id_ranges,
            last_ids=last_ids,
            manifest_sha256=self.manifest_sha256,
        )


def manifest_header(previous_sha256: str, at: datetime) -> str:
    return f"proctor-results checkpoint\nprevious {previous_sha256}\nat {format_time(at)}\n"


def manifest_line(kind: str, record_id: int, digest: str) -> str:
    return f"{kind} {record_id} {digest}\n"


def format_ranges(ids: Iterable[int]) -> str:
    """`1-3,7` for 1, 2, 3 and 7; they ascend."""
    ranges: list[tuple[int, int]] = []
    for record_id in ids:
        first = ranges.pop()[0] if ranges and ranges[-1][1] == record_id - 1 else record_id
        ranges.append((first, record_id))
    return ",".join(f"{first}-{last}" if first < last else str(first) for first, last in ranges)


def parse_ranges(text: str) -> Iterator[int]:
    """The numbers that `runs` wrote."""
    for id_range in filter(None, text.split(",")):
        first, _, last = id_range.partition("-")
        yield from range(int(first), int(last or first) + 1)


def is_valid_ranges(text: str) -> bool:
    """Whether `runs` may have written it: no checkpoint covers more than a million of a kind."""
    parts = [part.partition("-") for part in filter(None, text.split(","))]
    if not all(
        number.isdecimal()
        for first, separator, last in parts
        for number in (first, last if separator else first)
    ):
        return False
    return (
        sum(int(last or first) - int(first) for first, _, last in parts) <= _MAX_IDS_PER_CHECKPOINT
    )


_MAX_IDS_PER_CHECKPOINT = 1_000_000
