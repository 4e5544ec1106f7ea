"""Runs all checks and counts what is lost, invented or out of order."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bench.reconciliation import (
    invented,
    lost,
    out_of_order,
    recompute,
    reevaluated,
    timeout_locks,
)
from bench.reconciliation.check import Check, FaultKind
from bench.reconciliation.data import ReconciliationData
from sandbox.table import table

CHECKS = (
    *lost.CHECKS,
    *recompute.CHECKS,
    *reevaluated.CHECKS,
    *invented.CHECKS,
    *timeout_locks.CHECKS,
    *out_of_order.CHECKS,
)


@dataclass(frozen=True, kw_only=True)
class ReconciledCheck:
    """The result of one check."""

    check: Check
    item_count: int
    faults: Sequence[str]


@dataclass(frozen=True)
class ReconciliationResult:
    """The results of all checks."""

    checks: Sequence[ReconciledCheck]

    @property
    def has_no_faults(self) -> bool:
        return not any(reconciled.faults for reconciled in self.checks)

    @property
    def summary(self) -> str:
        """`0 lost, 0 invented, 0 out of order`"""
        count: Counter[FaultKind] = Counter()
        for reconciled in self.checks:
            count[reconciled.check.kind] += len(reconciled.faults)
        return ", ".join(f"{count[kind]} {kind}" for kind in FaultKind)

    @property
    def table(self) -> str:
        """One line for each check."""
        rows = (
            (reconciled.check.name, f"{reconciled.item_count:,}", str(len(reconciled.faults)))
            for reconciled in self.checks
        )
        return table(("check", "items", "faults"), rows)

    @property
    def faults(self) -> list[str]:
        """All faults, one line each."""
        return [
            f"{reconciled.check.kind}: {fault}"
            for reconciled in self.checks
            for fault in reconciled.faults
        ]


def reconcile(sides: ReconciliationData) -> ReconciliationResult:
    """Run all checks."""
    return ReconciliationResult(
        [
            ReconciledCheck(
                check=check, item_count=check.item_count(sides), faults=list(check.faults(sides))
            )
            for check in CHECKS
        ]
    )
