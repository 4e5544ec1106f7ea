"""Puts every question to the three sides, and says in one line how many things were lost, invented or out of order."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bench.reconciliation import disorder, folding, histories, invented, lost, silence
from bench.reconciliation.check import Check, Kind
from bench.reconciliation.sides import Sides
from proctor_results.sandbox.table import table

CHECKS = (*lost.CHECKS, *folding.CHECKS, *histories.CHECKS, *invented.CHECKS, *silence.CHECKS, *disorder.CHECKS)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What became of one check."""

    check: Check
    size: int
    faults: Sequence[str]


@dataclass(frozen=True)
class Verdict:
    """What became of all of them."""

    answers: Sequence[Answer]

    @property
    def good(self) -> bool:
        return not any(answer.faults for answer in self.answers)

    @property
    def line(self) -> str:
        """`0 lost, 0 invented, 0 out of order`"""
        count: Counter[Kind] = Counter()
        for answer in self.answers:
            count[answer.check.kind] += len(answer.faults)
        return ", ".join(f"{count[kind]} {kind}" for kind in Kind)

    @property
    def table(self) -> str:
        """One line for each check."""
        rows = ((each.check.name, f"{each.size:,}", str(len(each.faults))) for each in self.answers)
        return table(("what must be so", "looked at", "is not"), rows)

    @property
    def faults(self) -> list[str]:
        """What did not add up, one line each."""
        return [f"{answer.check.kind}: {fault}" for answer in self.answers for fault in answer.faults]


def reconcile(sides: Sides) -> Verdict:
    """Asks everything."""
    return Verdict([Answer(check=check, size=check.size(sides), faults=list(check.faults(sides))) for check in CHECKS])
