"""List, count, retry, send again and delete deliveries; cold queries over the queue."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from peewee import ModelDelete, fn

from proctor_results.database.connection import Database
from proctor_results.database.models import Attempt, Delivery, Session
from proctor_results.deliveries.model import DeliveryFilter, DeliveryState
from proctor_results.deliveries.retry_schedule import MAX_RETRY_DELAY

IS_PENDING = Delivery.delivered_revision.is_null() | (
    Delivery.delivered_revision < Delivery.desired_revision
)
IS_LEASED = Delivery.lease_token.is_null(False)


def list_pending(database: Database, filters: DeliveryFilter, limit: int) -> list[Any]:
    """List pending deliveries, the longest pending first.

    Each is a `Delivery` with the `identifier` of its session and the detail of its last attempt as
    `last_detail`, None before the first. One without `next_attempt_at` has failed.
    """
    columns = (Delivery, Session.identifier, _LAST_DETAIL.alias("last_detail"))
    query = _select_pending(filters, *columns).order_by(Delivery.pending_since).limit(limit)
    return database.select(query.objects())


def count_pending(database: Database, filters: DeliveryFilter) -> int:
    (row,) = database.select(_select_pending(filters, fn.COUNT(Delivery.id)).tuples())
    return int(row[0])


def retry(database: Database, filters: DeliveryFilter, now: datetime) -> int:
    """Make pending deliveries due, with a new schedule, unless they are leased; return how many."""
    ids = _select_pending(filters, Delivery.id)
    return database.change(_restart(now).where(Delivery.id.in_(ids) & ~IS_LEASED))


def resend(
    database: Database, identifier: str, delivery_id: int, now: datetime
) -> tuple[str, str] | None:
    """Make one delivery due, also if it was delivered before; return its target and topic.

    Return None if the session has no such delivery or a worker holds a lease on it.
    """
    session = Session.select(Session.id).where(Session.identifier == identifier)
    rows = database.select(
        _restart(now, delivered_revision=None)
        .where((Delivery.id == delivery_id) & (Delivery.session == session) & ~IS_LEASED)
        .returning(Delivery.target, Delivery.topic)
        .tuples()
    )
    return rows[0] if rows else None


def make_due_now(database: Database, target: str, now: datetime) -> None:
    """Make all waiting deliveries due: the target has just answered again."""
    is_waiting = (Delivery.target == target) & (Delivery.next_attempt_at > now) & ~IS_LEASED
    database.change(Delivery.update(next_attempt_at=now).where(is_waiting))


def cap_times(database: Database, target: str, now: datetime, lease_end: datetime) -> None:
    """Repair times after the clock was set back, so that no delivery waits for them to come again.

    Too far ahead are a first attempt that is not due yet, a retry beyond the longest delay, and a
    lease longer than any.
    """
    is_ahead = (Delivery.failure_count == 0) | (Delivery.pending_since > now)
    is_ahead |= Delivery.next_attempt_at > now + MAX_RETRY_DELAY
    database.change(
        Delivery.update(next_attempt_at=now).where(
            (Delivery.target == target) & (Delivery.next_attempt_at > now) & is_ahead
        )
    )
    database.change(
        Delivery.update(lease_expires_at=lease_end).where(
            (Delivery.target == target) & IS_LEASED & (Delivery.lease_expires_at > lease_end)
        )
    )


def delete(database: Database, target: str, limit: int) -> int:
    """Delete at most `limit` deliveries of a target with their attempts; return how many."""
    query = Delivery.select(Delivery.id).where(Delivery.target == target).order_by(Delivery.id)
    ids = [delivery_id for (delivery_id,) in database.select(query.limit(limit).tuples())]
    database.change(ModelDelete(Attempt).where(Attempt.delivery.in_(ids)))
    return database.change(ModelDelete(Delivery).where(Delivery.id.in_(ids)))


def _select_pending(filters: DeliveryFilter, *columns: Any) -> Any:
    return Delivery.select(*columns).join(Session).where(IS_PENDING, *_conditions(filters))


def _conditions(filters: DeliveryFilter) -> Iterator[Any]:
    columns = (
        (Delivery.target, filters.target),
        (Delivery.topic, filters.topic),
        (Session.identifier, filters.session),
        (Session.student, filters.student),
        (Session.exam, filters.exam),
    )
    yield from (column == value for column, value in columns if value is not None)
    if filters.state is not None:
        yield _STATE_CONDITIONS[DeliveryState(filters.state)]
    if filters.since is not None:
        yield Delivery.pending_since >= filters.since
    if filters.until is not None:
        yield Delivery.pending_since <= filters.until


def _restart(now: datetime, **columns: object) -> Any:
    return Delivery.update(next_attempt_at=now, pending_since=now, failure_count=0, **columns)


_STATE_CONDITIONS = {
    DeliveryState.IN_FLIGHT: IS_LEASED,
    DeliveryState.FAILED: ~IS_LEASED & Delivery.next_attempt_at.is_null(),
    DeliveryState.WAITING: ~IS_LEASED & Delivery.next_attempt_at.is_null(False),
}

# `+ 0` keeps SQLite from reading the whole table in the order of its ids.
_LAST_DETAIL = (
    Attempt.select(Attempt.detail)
    .where(Attempt.delivery == Delivery.id)
    .order_by((Attempt.id + 0).desc())
    .limit(1)
)
