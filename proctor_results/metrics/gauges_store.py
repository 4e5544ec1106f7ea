"""Counts what is open or pending now. Every query is answered from an index."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import peewee

from proctor_results.database.connection import Database
from proctor_results.database.models import Delivery, Job, Receipt, Session
from proctor_results.deliveries.model import DeliveryState
from proctor_results.sessions.enums import HoldKind

DELIVERY_STATES = tuple(DeliveryState)


def oldest_pending_since(database: Database) -> datetime | None:
    """Return since when the oldest pending delivery has been due."""
    pending_since: datetime | None = database.select(_OLDEST_PENDING)[0][0]
    return pending_since


def count_open_holds(database: Database) -> Mapping[HoldKind, int]:
    """Count the open holds of each kind; a session may have several."""
    counts_by_kind = Counter[HoldKind]()
    for hold_kinds, session_count in database.select(_COUNT_OPEN_HOLDS):
        counts_by_kind.update({HoldKind(kind): session_count for kind in hold_kinds.split(",")})
    return counts_by_kind


def count_deliveries(database: Database) -> Mapping[tuple[str, ...], int]:
    """Count the pending deliveries by (target, one of `DELIVERY_STATES`)."""
    in_flight: dict[str, int] = dict(database.select(_COUNT_LEASED))
    waiting = {
        target: count - in_flight.get(target, 0)
        for target, count in database.select(_COUNT_SCHEDULED)
    }
    counts = zip(
        DELIVERY_STATES, (waiting, in_flight, dict(database.select(_COUNT_FAILED))), strict=True
    )
    return {
        (target, state): count for state, by_target in counts for target, count in by_target.items()
    }


def count_jobs(database: Database) -> Mapping[tuple[str, ...], int]:
    """Count the jobs that are not done by (vendor, one of `DELIVERY_STATES`)."""
    counts = Counter[tuple[str, ...]]()
    for vendor, is_failed, is_leased, count in database.select(_COUNT_JOBS):
        state = DeliveryState.FAILED if is_failed else DeliveryState.WAITING
        counts[vendor, DeliveryState.IN_FLIGHT if is_leased else state] += count
    return counts


def count_failed(database: Database) -> int:
    """Count the deliveries of all targets that an operator must look at."""
    return sum(count for _, count in database.select(_COUNT_FAILED))


def count_unrecognised(database: Database) -> int:
    """Count the receipts whose status this version does not know."""
    return int(database.select(_COUNT_UNRECOGNISED)[0][0])


def _count_by_target(condition: Any) -> peewee.Query:
    return (
        Delivery.select(Delivery.target, _COUNT).where(condition).group_by(Delivery.target).tuples()
    )


_COUNT = peewee.fn.COUNT(peewee.SQL("*"))
_IS_PENDING = Delivery.delivered_revision.is_null() | (
    Delivery.delivered_revision < Delivery.desired_revision
)

_OLDEST_PENDING = Delivery.select(peewee.fn.MIN(Delivery.pending_since)).where(_IS_PENDING).tuples()
_COUNT_SCHEDULED = _count_by_target(Delivery.next_attempt_at.is_null(False))
_COUNT_LEASED = _count_by_target(Delivery.lease_token.is_null(False))
_COUNT_FAILED = _count_by_target(Delivery.next_attempt_at.is_null() & _IS_PENDING)

_IS_FAILED, _IS_LEASED = Job.next_attempt_at.is_null(), Job.lease_token.is_null(False)
_COUNT_JOBS = (
    Job.select(Job.vendor, _IS_FAILED, _IS_LEASED, _COUNT)
    .where(Job.done_at.is_null())
    .group_by(Job.vendor, _IS_FAILED, _IS_LEASED)
    .tuples()
)

# SQLite uses a partial index only where the query repeats the index's condition as a literal.
_COUNT_OPEN_HOLDS = (
    Session.select(Session.open_hold_kinds, _COUNT)
    .where(peewee.SQL("open_hold_kinds <> ''"))
    .group_by(Session.open_hold_kinds)
    .tuples()
)
_COUNT_UNRECOGNISED = (
    Receipt.select(_COUNT)
    .where(peewee.SQL("result IN ('unrecognised', 'invalid') AND result = 'unrecognised'"))
    .tuples()
)
