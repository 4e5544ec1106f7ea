"""One question put to the three sides, and what did not add up."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from bench.reconciliation.data import ReconciliationData


class FaultKind(StrEnum):
    """What can go wrong with a message."""

    LOST = "lost"
    INVENTED = "invented"
    DISORDER = "out of order"


@dataclass(frozen=True, kw_only=True)
class Check:
    """`faults` says each thing that does not add up in a line of its own; `size` is how many things
    were looked at.
    """

    name: str
    kind: FaultKind
    item_count: Callable[[ReconciliationData], int]
    faults: Callable[[ReconciliationData], Iterator[str]]
