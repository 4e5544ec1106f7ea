"""Keeps every try at a delivery."""

from dataclasses import dataclass
from datetime import datetime

from proctor_results.database.connection import Database
from proctor_results.database.statement import Statement
from proctor_results.database.values import to_milliseconds


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


def insert(database: Database, attempt: Attempt) -> None:
    """Raises LedgerAway."""
    database.fetch(_INSERT, **{**vars(attempt), "at": to_milliseconds(attempt.at)})


_INSERT = Statement("""
INSERT INTO attempt (delivery_id, revision, at, seconds, result, status, detail)
VALUES (:delivery_id, :revision, :at, :seconds, :result, :status, :detail)
""")
