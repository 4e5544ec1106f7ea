"""Every few seconds a process writes down what it has counted."""

from proctor_results.database.connection import DatabaseUnavailable
from proctor_results.dependencies import Dependencies
from proctor_results.metrics import store as metric_store


def flush_counters(deps: Dependencies) -> None:
    """Adds the counts of this process to those of all; what cannot be written now is kept. Raises LedgerAway."""
    counts = deps.counters.drain()
    if not counts:
        return
    try:
        deps.database.run_write(lambda: metric_store.add_counts(deps.database, counts))
    except DatabaseUnavailable:
        deps.counters.restore(counts)
        raise
