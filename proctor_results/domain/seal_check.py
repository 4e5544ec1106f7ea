"""Compares a checkpoint with what is there of all that it seals."""

from collections.abc import Iterator
from dataclasses import dataclass

from proctor_results.domain.checkpoint import FIRST, KINDS, Checkpoint, Sheet, numbers_in, runs
from proctor_results.domain.faults import Fault


@dataclass
class SealCheck:
    """Is shown everything up to the end of a checkpoint, and then knows what is wrong with it."""

    checkpoint: Checkpoint

    def __post_init__(self) -> None:
        self._sheet = Sheet(self.checkpoint.previous, self.checkpoint.at)
        self._named = {kind: _named(self.checkpoint, kind) for kind in KINDS}
        self._strays: dict[str, list[int]] = {kind: [] for kind in KINDS}

    def show(self, kind: str, number: int, digest: str) -> None:
        """Kind by kind, and each by its ids."""
        if number in self._named[kind]:
            self._sheet.add(kind, number, digest)
        else:
            self._strays[kind].append(number)

    def faults(self, before: Checkpoint | None) -> Iterator[Fault]:
        """What was removed, inserted or changed; `before` is the checkpoint before."""
        if self.checkpoint.previous != (before.digest if before else FIRST):
            yield self._fault(f"it does not follow {_name(before)}: one before it was removed, or changed")
        if self.checkpoint.last != self._ends(before):
            yield self._fault("what it says of its end was changed")
        missing = {kind: sorted(self._named[kind].difference(self._sheet.ids[kind])) for kind in KINDS}
        yield from _each(missing, f"removed: checkpoint {self.checkpoint.number} has sealed what is not there any more")
        yield from _each(self._strays, "inserted afterwards, or the checkpoint that sealed it was removed or changed")
        if not any(missing.values()) and self._sheet.digest != self.checkpoint.digest:
            yield self._fault("it, or the digest of something that it seals, was changed")

    def _ends(self, before: Checkpoint | None) -> dict[str, int]:
        return {kind: max(self._named[kind], default=before.last[kind] if before else 0) for kind in KINDS}

    def _fault(self, detail: str) -> Fault:
        return Fault(kind="checkpoint", number=self.checkpoint.number, detail=detail)


def _named(checkpoint: Checkpoint, kind: str) -> set[int]:
    return set(numbers_in(checkpoint.covers[kind]))


def _name(checkpoint: Checkpoint | None) -> str:
    return f"checkpoint {checkpoint.number}" if checkpoint else "nothing"


def _each(numbers: dict[str, list[int]], detail: str) -> Iterator[Fault]:
    for kind, found in numbers.items():
        if found:
            yield Fault(kind=kind, number=runs(found), detail=detail)
