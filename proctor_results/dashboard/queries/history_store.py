"""Reads the receipts, deliveries and attempts of a session."""

from collections import defaultdict
from typing import Any

import peewee
from peewee import fn

from proctor_results.database.connection import Database
from proctor_results.database.models import Attempt, Decision, Delivery, Receipt, Session

HistoryRow = Any
"""A named tuple of the columns that were selected."""


def list_receipts(database: Database, identifier: str, limit: int) -> list[HistoryRow]:
    """List the newest receipts, the newest first. Raises DatabaseUnavailable."""
    query = Receipt.select(*_RECEIPT_COLUMNS).where(Receipt.identifier == identifier)
    newest = query.order_by(Receipt.chain_position.desc()).limit(limit)
    return database.select(newest.namedtuples())


def get_receipt(database: Database, identifier: str, receipt_id: int) -> HistoryRow | None:
    """Return the receipt with headers and body, if it is the session's.

    Raises DatabaseUnavailable.
    """
    query = Receipt.select(*_RECEIPT_COLUMNS, Receipt.headers, Receipt.body)
    is_wanted = (Receipt.id == receipt_id) & (Receipt.identifier == identifier)
    return next(iter(database.select(query.where(is_wanted).namedtuples())), None)


def list_deliveries(
    database: Database, identifier: str, limit: int
) -> list[tuple[HistoryRow, tuple[HistoryRow, ...]]]:
    """List all deliveries, each with those of the newest attempts. Raises DatabaseUnavailable."""
    is_session = Session.identifier == identifier
    attempts = Attempt.select().join(Delivery).join(Session).where(is_session)
    newest_attempts = attempts.order_by(Attempt.at.desc(), Attempt.id.desc()).limit(limit)
    attempts_by_delivery = defaultdict(list)
    for attempt in database.select(newest_attempts.namedtuples()):
        attempts_by_delivery[attempt.delivery].append(attempt)
    deliveries = Delivery.select().join(Session).where(is_session)
    rows = database.select(deliveries.order_by(Delivery.target, Delivery.topic).namedtuples())
    return [(row, tuple(attempts_by_delivery[row.id])) for row in rows]


def count_totals(database: Database, identifier: str) -> dict[str, int]:
    """Count all receipts, decisions and attempts. Raises DatabaseUnavailable."""
    count, is_session = fn.COUNT(peewee.SQL("*")), Session.identifier == identifier
    attempts = Attempt.select(count).join(Delivery).join(Session)
    queries: dict[str, peewee.BaseQuery] = {
        "receipts": Receipt.select(count).where(Receipt.identifier == identifier).tuples(),
        "decisions": Decision.select(count).join(Session).where(is_session).tuples(),
        "attempts": attempts.where(is_session).tuples(),
    }
    return {name: database.select(query)[0][0] for name, query in queries.items()}


_RECEIPT_COLUMNS = (
    *(Receipt.id, Receipt.vendor, Receipt.received_at, Receipt.key_id, Receipt.body_sha256),
    *(Receipt.result, Receipt.detail, Receipt.chain_position, Receipt.record_sha256),
    *(Receipt.replay_of, Receipt.pruned_at, Receipt.erased_at),
    fn.COALESCE(fn.LENGTH(Receipt.body), 0).coerce(False).alias("size"),
)
