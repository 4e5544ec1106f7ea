"""What targets do not have yet, as far as somebody asks for it."""

from dataclasses import dataclass
from datetime import datetime

from proctor_results.database.connection import Database
from proctor_results.database.statement import Statement
from proctor_results.database.values import to_milliseconds
from proctor_results.deliveries.queue import (
    SELECT_PENDING,
    PendingDelivery,
    pending_from_row,
)


@dataclass(frozen=True, kw_only=True)
class DeliveryFilter:
    """Which deliveries are meant; what is None does not matter. `state` is one of `health.STATES`.

    `since` and `until` bound since when they have been due.
    """

    target: str | None = None
    topic: str | None = None
    state: str | None = None
    session: str | None = None
    student: str | None = None
    exam: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def parameters(self) -> dict[str, object]:
        """As statements take them."""
        bounds = {
            name: to_milliseconds(bound) if bound else None
            for name, bound in (("since", self.since), ("until", self.until))
        }
        return {**vars(self), **bounds}


def list_pending(database: Database, filters: DeliveryFilter, limit: int) -> list[PendingDelivery]:
    """The longest due first."""
    return [
        pending_from_row(row) for row in database.fetch(_LIST, **filters.parameters, limit=limit)
    ]


def count_pending(database: Database, filters: DeliveryFilter) -> int:
    """How many there are."""
    pending_count: int = database.fetch(_COUNT, **filters.parameters)[0][0]
    return pending_count


def retry(database: Database, filters: DeliveryFilter, now: datetime) -> int:
    """Makes them due at once, with all tries before them, but for what is in the air."""
    return database.execute(_RETRY, **filters.parameters, now=to_milliseconds(now))


def delete(database: Database, target: str, limit: int) -> int:
    """Forgets at most so many deliveries of a target with their attempts; how many. Call it in a transaction."""
    database.fetch(_DELETE_ATTEMPTS, target=target, limit=limit)
    return database.execute(_DELETE, target=target, limit=limit)


_WHERE = """
(delivery.delivered_revision IS NULL OR delivery.delivered_revision < delivery.desired_revision)
AND (CAST(:target AS TEXT) IS NULL OR delivery.target = :target)
AND (CAST(:topic AS TEXT) IS NULL OR delivery.topic = :topic)
AND (CAST(:session AS TEXT) IS NULL OR session.identifier = :session)
AND (CAST(:student AS TEXT) IS NULL OR session.student = :student)
AND (CAST(:exam AS TEXT) IS NULL OR session.exam = :exam)
AND (CAST(:since AS BIGINT) IS NULL OR delivery.pending_since >= CAST(:since AS BIGINT))
AND (CAST(:until AS BIGINT) IS NULL OR delivery.pending_since <= CAST(:until AS BIGINT))
AND (CAST(:state AS TEXT) IS NULL OR :state = CASE
  WHEN delivery.lease_token IS NOT NULL THEN 'in_flight' WHEN delivery.next_attempt_at IS NULL THEN 'failed' ELSE 'waiting' END)
"""

_FROM = f"FROM delivery JOIN session ON session.id = delivery.session_id WHERE {_WHERE}"

_LIST = Statement(
    f"{SELECT_PENDING} WHERE {_WHERE} ORDER BY delivery.pending_since LIMIT :limit"
)  # constants only

_COUNT = Statement(f"SELECT COUNT(*) {_FROM}")

_RETRY = Statement(f"""
UPDATE delivery SET next_attempt_at = :now, pending_since = :now, failure_count = 0
WHERE lease_token IS NULL AND id IN (SELECT delivery.id {_FROM})
""")  # as above

_BATCH = "SELECT id FROM delivery WHERE target = :target ORDER BY id LIMIT :limit"

_DELETE_ATTEMPTS = Statement(f"DELETE FROM attempt WHERE delivery_id IN ({_BATCH})")  # as above

_DELETE = Statement(f"DELETE FROM delivery WHERE id IN ({_BATCH})")  # as above
