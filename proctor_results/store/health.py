"""How much is waiting to be told."""

from datetime import datetime

from proctor_results.store.columns import moment
from proctor_results.store.ledger import Ledger
from proctor_results.store.statement import Statement


def oldest_undelivered(ledger: Ledger) -> datetime | None:
    """Since when the longest-waiting delivery has been due."""
    oldest = ledger.run(_OLDEST)[0][0]
    return moment(oldest) if oldest is not None else None


_OLDEST = Statement("SELECT MIN(due_since) FROM delivery WHERE delivered IS NULL OR delivered < wanted")
