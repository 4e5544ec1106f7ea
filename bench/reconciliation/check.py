"""One check over the three sides."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from bench.reconciliation.data import ReconciliationData


class FaultKind(StrEnum):
    """The kinds of faults of a message."""

    LOST = "lost"
    INVENTED = "invented"
    DISORDER = "out of order"


@dataclass(frozen=True, kw_only=True)
class Check:
    """`faults` yields one line for each fault, `item_count` returns how many items were checked."""

    name: str
    kind: FaultKind
    item_count: Callable[[ReconciliationData], int]
    faults: Callable[[ReconciliationData], Iterator[str]]
