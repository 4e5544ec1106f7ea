"""Lease due deliveries to a worker, load them, and give them back unsent.

There is one row per session, target and topic, leased to one worker at a time. `next_attempt_at`
says when to send next; `lease_token` and `lease_expires_at` are set while a worker holds the row.
"""

from datetime import datetime, timedelta

from proctor_results.database.connection import Database, Row
from proctor_results.database.statement import Statement
from proctor_results.deliveries.model import LeasedDelivery
from proctor_results.formats.times import from_milliseconds, to_milliseconds
from proctor_results.sessions.enums import Topic
from proctor_results.sessions.rows.session_row import SESSION_COLUMNS, session_from_row

LEASE_DURATION = timedelta(seconds=20)
"""Longer than a call may take, so that a message is never in flight twice."""


def lease_due(database: Database, target: str, lease_token: str, limit: int, now: datetime) -> int:
    """Lease at most `limit` due deliveries, the longest due first; return how many there were."""
    return database.execute(
        _LEASE_DUE,
        target=target,
        lease_token=lease_token,
        lease_expires_at=to_milliseconds(now + LEASE_DURATION),
        limit=limit,
        now=to_milliseconds(now),
    )


def load_leased(database: Database, lease_token: str) -> list[LeasedDelivery]:
    """Load what was leased under the token; session and revision are read in one statement."""
    return [
        _leased_from_row(row, lease_token)
        for row in database.fetch(_LOAD_LEASED, lease_token=lease_token)
    ]


def release(database: Database, claim: LeasedDelivery) -> None:
    """Give back a delivery that was not sent; it is due again."""
    database.fetch(_RELEASE, id=claim.delivery_id, lease_token=claim.lease_token)


def _leased_from_row(row: Row, lease_token: str) -> LeasedDelivery:
    delivery_id, lease_expires_at, target, topic, revision, desired_since, *rest = row
    pending_since, failure_count, request_id, *session_row = rest
    return LeasedDelivery(
        delivery_id=delivery_id,
        lease_token=lease_token,
        lease_expires_at=from_milliseconds(lease_expires_at),
        target=target,
        topic=Topic(topic),
        revision=revision,
        desired_since=from_milliseconds(desired_since),
        pending_since=from_milliseconds(pending_since),
        failure_count=failure_count,
        request_id=request_id,
        session=session_from_row(session_row),
    )


_DUE_IDS = """
SELECT id FROM delivery WHERE target = :target AND next_attempt_at <= :now
  AND (lease_expires_at IS NULL OR lease_expires_at <= :now)
ORDER BY next_attempt_at LIMIT :limit FOR UPDATE SKIP LOCKED
"""

_LEASE = "UPDATE delivery SET lease_token = :lease_token, lease_expires_at = :lease_expires_at"

# As an array the rows are chosen once; in a join PostgreSQL may choose again and again, and lease
# more than the limit.
_LEASE_DUE = Statement(
    f"{_LEASE} WHERE id IN ({_DUE_IDS})", postgresql=f"{_LEASE} WHERE id = ANY(ARRAY({_DUE_IDS}))"
)

_LOAD_LEASED = Statement(f"""
SELECT delivery.id, delivery.lease_expires_at, delivery.target, delivery.topic,
  delivery.desired_revision, delivery.desired_since, delivery.pending_since,
  delivery.failure_count, delivery.request_id, {SESSION_COLUMNS}
FROM delivery JOIN session ON session.id = delivery.session_id
WHERE delivery.lease_token = :lease_token
""")

_RELEASE = Statement("""
UPDATE delivery SET lease_token = NULL, lease_expires_at = NULL
WHERE id = :id AND lease_token = :lease_token
""")
