"""A seal over everything written since the seal before it: whoever adds or removes something breaks it."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from proctor_results.domain.times import text_of

KINDS = ("receipt", "decision")
"""What is sealed, in the order of a sheet; each is a table with an `id` and a `digest`."""

FIRST = "none"
"""What the first checkpoint names as the one before."""


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """`covers` names for each kind the ids that are sealed, as in `1-120,122`, and `last` how far that goes.

    `previous` is the digest of the checkpoint before. `number` is given when it is written.
    """

    previous: str
    at: datetime
    covers: Mapping[str, str]
    last: Mapping[str, int]
    digest: str
    number: int = 0


@dataclass
class Sheet:
    """The text whose SHA-256 is a checkpoint's digest: a head, and then a line for everything that it seals."""

    previous: str
    at: datetime
    ids: Mapping[str, list[int]] = field(default_factory=lambda: {kind: [] for kind in KINDS})

    def __post_init__(self) -> None:
        self._hash = hashlib.sha256(head(self.previous, self.at).encode())

    def add(self, kind: str, number: int, digest: str) -> None:
        """Adds them kind by kind, and each kind by ids."""
        self._hash.update(line(kind, number, digest).encode(errors="surrogateescape"))
        self.ids[kind].append(number)

    @property
    def digest(self) -> str:
        return self._hash.hexdigest()

    @property
    def covers(self) -> Mapping[str, str]:
        return {kind: runs(ids) for kind, ids in self.ids.items()}

    def sealed(self, before: Checkpoint | None) -> Checkpoint:
        """The checkpoint that follows the one `before`."""
        so_far = before.last if before else {}
        last = {kind: ids[-1] if ids else so_far.get(kind, 0) for kind, ids in self.ids.items()}
        return Checkpoint(previous=self.previous, at=self.at, covers=self.covers, last=last, digest=self.digest)


def head(previous: str, at: datetime) -> str:
    return f"proctor-results checkpoint\nprevious {previous}\nat {text_of(at)}\n"


def line(kind: str, number: int, digest: str) -> str:
    return f"{kind} {number} {digest}\n"


def runs(numbers: Iterable[int]) -> str:
    """`1-3,7` for 1, 2, 3 and 7; they ascend."""
    found: list[tuple[int, int]] = []
    for number in numbers:
        first = found.pop()[0] if found and found[-1][1] == number - 1 else number
        found.append((first, number))
    return ",".join(f"{first}-{last}" if first < last else str(first) for first, last in found)


def numbers_in(text: str) -> Iterator[int]:
    """The numbers that `runs` wrote."""
    for run in filter(None, text.split(",")):
        first, _, last = run.partition("-")
        yield from range(int(first), int(last or first) + 1)


def are_runs(text: str) -> bool:
    """Whether `runs` may have written it: no checkpoint covers more than a million of a kind."""
    found = [run.partition("-") for run in filter(None, text.split(","))]
    if not all(number.isdecimal() for first, dash, last in found for number in (first, last if dash else first)):
        return False
    return sum(int(last or first) - int(first) for first, _, last in found) <= _AT_MOST


_AT_MOST = 1_000_000
