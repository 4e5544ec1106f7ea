"""Keeps every try at a delivery."""

from dataclasses import dataclass
from datetime import datetime

from proctor_results.store.columns import milliseconds
from proctor_results.store.ledger import Ledger
from proctor_results.store.statement import Statement


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One try. `result` is in lower case what `lms.base` calls it; `status` the HTTP status, if there was one."""

    delivery_id: int
    revision: int
    at: datetime
    seconds: float
    result: str
    status: int | None
    detail: str


def keep(ledger: Ledger, attempt: Attempt) -> None:
    """Raises LedgerAway."""
    ledger.run(_KEEP, **{**vars(attempt), "at": milliseconds(attempt.at)})


_KEEP = Statement("""
INSERT INTO attempt (delivery_id, revision, at, seconds, result, status, detail)
VALUES (:delivery_id, :revision, :at, :seconds, :result, :status, :detail)
""")
