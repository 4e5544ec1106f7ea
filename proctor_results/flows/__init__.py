"""The stories: one file per story, read from top to bottom; the only place that opens transactions."""

from proctor_results.store.ledger import LedgerAway

__all__ = ["LedgerAway"]
