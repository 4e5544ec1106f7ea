"""Everything that is evidence of one session, as it is stored."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from proctor_results.domain.checkpoint import Checkpoint, numbers_in

Row = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Sealed:
    """A checkpoint and its sheet, as it is written from what is there today."""

    checkpoint: Checkpoint
    sheet: str


@dataclass(frozen=True, kw_only=True)
class Dossier:
    """Rows by the names of their columns. `receipts` are read once, because their bodies may be many."""

    identifier: str
    receipts: Iterable[Row]
    decisions: Sequence[Row]
    policies: Sequence[Row]
    sealed: Sequence[Sealed]

    def seals(self, kind: str) -> Mapping[int, int]:
        """Which checkpoint, by its number, covers which id."""
        return {
            number: each.checkpoint.number
            for each in self.sealed
            for number in numbers_in(each.checkpoint.covers[kind])
        }
