"""Every few seconds a process writes down what it has counted."""

from proctor_results.flows.house import House
from proctor_results.store import tallies
from proctor_results.store.ledger import LedgerAway


def write_tallies(house: House) -> None:
    """Adds the counts of this process to those of all; what cannot be written now is kept. Raises LedgerAway."""
    counts = house.tally.take()
    if not counts:
        return
    try:
        house.ledger.enter(lambda: tallies.add(house.ledger, counts))
    except LedgerAway:
        house.tally.put_back(counts)
        raise
