"""Finds and empties old rows of a range of ids; never those of active sessions.

A session is active while it is locked, a target does not have its newest state, or a deadline for
its next heartbeat runs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import peewee

from proctor_results.database.connection import Database
from proctor_results.database.models import (
    Attempt,
    Delivery,
    HeartbeatState,
    Job,
    Receipt,
    ReceiptEvent,
    Row,
    Session,
)

IS_PENDING = Delivery.delivered_revision.is_null() | (
    Delivery.delivered_revision < Delivery.desired_revision
)


@dataclass(frozen=True, kw_only=True)
class OldRows:
    """The rows of one table with an id in (`after_id`, `up_to_id`], older than a time."""

    after_id: int
    up_to_id: int
    older_than: datetime


def last_id(database: Database, model: type[Row]) -> int:
    """Return the highest id of a table, 0 where it is empty."""
    return _scalar(
        database, model.select(peewee.fn.COALESCE(peewee.fn.MAX(peewee.SQL("id")), 0)).tuples()
    )


def count_prunable(database: Database, model: type[Row], rows: OldRows) -> int:
    """Count the old receipts that have bodies, or attempts of completed deliveries, or jobs."""
    query = model.select(peewee.fn.COUNT(peewee.SQL("*"))).where(_IS_PRUNABLE[model](rows))
    return _scalar(database, query.tuples())


def prune(database: Database, model: type[Row], rows: OldRows, now: datetime) -> int:
    """Empty those bodies, or delete those attempts or jobs; return how many there were."""
    is_receipt = model is Receipt
    query = Receipt.update(body=b"", pruned_at=now) if is_receipt else peewee.ModelDelete(model)
    return database.change(query.where(_IS_PRUNABLE[model](rows)))


def list_old_sessions(database: Database, rows: OldRows) -> list[tuple[str, bool]]:
    """Return identifiers of sessions that have not changed since, and whether each is active."""
    query = Session.select(Session.identifier, peewee.Case(None, [(_IS_ACTIVE, 1)], 0))
    query = query.where(_is_old(Session.id, Session.updated_at, rows)).order_by(Session.id)
    return [
        (identifier, bool(is_active)) for identifier, is_active in database.select(query.tuples())
    ]


def _is_prunable_body(rows: OldRows) -> peewee.Expression:
    active = Session.select(peewee.SQL("1")).where(_IS_ACTIVE)
    named = ReceiptEvent.select(ReceiptEvent.identifier).where(ReceiptEvent.receipt == Receipt.id)
    condition: peewee.Expression = (
        _is_old(Receipt.id, Receipt.received_at, rows)
        & Receipt.pruned_at.is_null()
        & Receipt.erased_at.is_null()
        & ~peewee.fn.EXISTS(active.where(Session.identifier == Receipt.identifier))
        & ~peewee.fn.EXISTS(active.where(Session.identifier.in_(named)))
    )
    return condition


def _is_prunable_attempt(rows: OldRows) -> peewee.Expression:
    pending = Delivery.select(peewee.SQL("1")).where(Delivery.id == Attempt.delivery, IS_PENDING)
    condition: peewee.Expression = _is_old(Attempt.id, Attempt.at, rows) & ~peewee.fn.EXISTS(
        pending
    )
    return condition


def _is_old(row_id: peewee.Field, time: peewee.Field, rows: OldRows) -> peewee.Expression:
    return (row_id > rows.after_id) & (row_id <= rows.up_to_id) & (time < rows.older_than)


def _is_prunable_job(rows: OldRows) -> peewee.Expression:
    return _is_old(Job.id, Job.done_at, rows)


def _scalar(database: Database, query: peewee.BaseQuery) -> int:
    value: int = database.select(query)[0][0]
    return value


_IS_ACTIVE = (
    (Session.open_hold_kinds != "")
    | peewee.fn.EXISTS(
        Delivery.select(peewee.SQL("1")).where(Delivery.session == Session.id, IS_PENDING)
    )
    | peewee.fn.EXISTS(
        HeartbeatState.select(peewee.SQL("1")).where(
            HeartbeatState.identifier == Session.identifier, HeartbeatState.deadline.is_null(False)
        )
    )
)


_IS_PRUNABLE: Mapping[type[Row], Callable[[OldRows], peewee.Expression]] = {
    Receipt: _is_prunable_body,
    Attempt: _is_prunable_attempt,
    Job: _is_prunable_job,
}
