"""Somebody wants to know whether anything that is evidence was changed, removed or inserted."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from proctor_results.domain.checkpoint import KINDS, Checkpoint
from proctor_results.domain.faults import (
    Fault,
    checkpoint_lost,
    cut_chain,
    decision_faults,
    policy_faults,
    policy_lost,
    receipt_faults,
)
from proctor_results.domain.seal_check import SealCheck
from proctor_results.flows.house import House
from proctor_results.store import audit, checkpoints

Row = Mapping[str, Any]


class Verification:
    """Looks at all that is there when it begins, once. `seen` counts what it has looked at.

    `newest` is the last checkpoint that it could read.
    """

    def __init__(self, house: House) -> None:
        """Raises LedgerAway."""
        self._ledger = house.ledger
        self.seen = Counter[str]()
        self.newest: Checkpoint | None = None
        self._seals = checkpoints.last_number(house.ledger)  # first: what they seal is there by now
        self._last = checkpoints.edge(house.ledger).last
        self._policies: set[str] = set()

    @property
    def length(self) -> int:
        """How far the ids go, which takes no time to find out."""
        return sum(self._last.values())

    def faults(self, read: Callable[[int], None]) -> Iterator[Fault]:
        """Whatever is wrong. `read` is told how far it gets on the way of this `length`. Raises LedgerAway."""
        yield from self._of_policies()
        ways = {
            "receipt": _Way(audit.receipts(self._ledger, self._last["receipt"], read)),
            "decision": _Way(audit.decisions(self._ledger, self._last["decision"], read)),
        }
        yield from self._of_what_is_sealed(ways)
        for kind in KINDS:
            for row in ways[kind].up_to(self._last[kind]):
                self.seen["unsealed"] += 1
                yield from self._of_row(kind, row)
        yield from map(cut_chain, audit.cut_chains(self._ledger))

    def faults_of(self, identifier: str) -> Iterator[Fault]:
        """Whatever is wrong with the chain and the decisions of one session. Raises LedgerAway."""
        yield from self._of_policies()
        for row in audit.receipts_of(self._ledger, identifier):
            yield from self._of_row("receipt", row)
        for row in audit.decisions_of(self._ledger, identifier):
            yield from self._of_row("decision", row)
        yield from map(cut_chain, audit.cut_chain_of(self._ledger, identifier))

    def _of_policies(self) -> Iterator[Fault]:
        for row in audit.policies(self._ledger):
            self._policies.add(row["sha256"])
            self.seen["policy"] += 1
            yield from policy_faults(row)

    def _of_what_is_sealed(self, ways: Mapping[str, "_Way"]) -> Iterator[Fault]:
        for number, *rest in audit.checkpoints(self._ledger, self._seals):
            self.seen["checkpoint"] += 1
            try:
                check = SealCheck(checkpoints.checkpoint((number, *rest)))
            except ValueError:
                yield checkpoint_lost(number)
                continue
            yield from self._of_what_it_seals(check, ways)
            yield from check.faults(self.newest)
            self.newest = check.checkpoint

    def _of_what_it_seals(self, check: SealCheck, ways: Mapping[str, "_Way"]) -> Iterator[Fault]:
        for kind in KINDS:
            for row in ways[kind].up_to(check.checkpoint.last[kind]):
                check.show(kind, row["id"], row["digest"])
                yield from self._of_row(kind, row)

    def _of_row(self, kind: str, row: Row) -> Iterator[Fault]:
        self.seen[kind] += 1
        self.seen["erased"] += row["erased_at"] is not None
        if kind == "receipt":
            self.seen["pruned"] += row["pruned_at"] is not None
            yield from receipt_faults(row)
            return
        yield from decision_faults(row)
        if row["policy_sha256"] not in self._policies:
            yield policy_lost(row)


class _Way:
    """Rows on the way, taken as far as one likes."""

    def __init__(self, rows: Iterator[Row]) -> None:
        self._rows = rows
        self._next = next(rows, None)

    def up_to(self, last: int) -> Iterator[Row]:
        """Those with an id up to this one."""
        while self._next is not None and self._next["id"] <= last:
            row, self._next = self._next, next(self._rows, None)
            yield row
