"""The queue of what must be told: one row per session, target and topic, leased to one worker at a time.

A row holds the revision the target should have (`wanted`, since `wanted_at`) and the one it has (`delivered`), since
when it has been tried (`due_since`) and when to try next (`due_at`). While a worker holds it, `lease` names the
worker's claim, and `due_at` the end of the lease. `request_id` names the request that made it due.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from proctor_results.database.connection import Database, Row
from proctor_results.database.statement import Statement
from proctor_results.database.values import from_milliseconds, to_milliseconds
from proctor_results.deliveries.retry_schedule import MAX_RETRY_DELAY
from proctor_results.sessions.enums import Topic
from proctor_results.sessions.model import Session
from proctor_results.sessions.store.rows import SESSION_COLUMNS, session_from_row

LEASE_DURATION = timedelta(seconds=20)
"""Longer than a call may take, so that a message is never in the air twice."""


@dataclass(frozen=True, kw_only=True)
class LeasedDelivery:
    """A delivery leased to this worker, with the session as it is now and the revision that will be told.

    A `probe` finds out whether a target that rests is there again.
    """

    delivery_id: int
    lease_token: str
    lease_expires_at: datetime
    target: str
    topic: Topic
    revision: int
    desired_since: datetime
    pending_since: datetime
    failure_count: int
    request_id: str | None
    session: Session
    is_probe: bool = False


@dataclass(frozen=True, kw_only=True)
class PendingDelivery:
    """A delivery whose target does not have the newest revision; without `due_at` it was given up."""

    identifier: str
    target: str
    topic: Topic
    desired_revision: int
    pending_since: datetime
    next_attempt_at: datetime | None
    last_detail: str | None


def lease_due(database: Database, target: str, lease_token: str, limit: int, now: datetime) -> int:
    """Leases at most `limit` due deliveries under this token, the longest due first; how many there were."""
    lease_expires_at = to_milliseconds(now + LEASE_DURATION)
    return database.execute(
        _LEASE_DUE,
        target=target,
        lease_token=lease_token,
        until=lease_expires_at,
        limit=limit,
        now=to_milliseconds(now),
    )


def load_leased(database: Database, lease_token: str) -> list[LeasedDelivery]:
    """What was leased under the token. Session and revision are read together: they belong together."""
    return [
        _leased_from_row(row, lease_token)
        for row in database.fetch(_LOAD_LEASED, lease_token=lease_token)
    ]


def mark_delivered(database: Database, claim: LeasedDelivery, now: datetime) -> bool:
    """The target has the revision. False where the lease was lost: somebody else speaks for the row now."""
    return bool(
        database.execute(_MARK_DELIVERED, **_lease_parameters(claim), now=to_milliseconds(now))
    )


def mark_failed(
    database: Database, claim: LeasedDelivery, next_attempt_at: datetime | None, now: datetime
) -> bool:
    """The revision did not arrive. Without a next try it stays undelivered until a person retries it."""
    next_attempt_ms = to_milliseconds(next_attempt_at) if next_attempt_at else None
    return bool(
        database.execute(
            _MARK_FAILED,
            **_lease_parameters(claim),
            next_attempt_at=next_attempt_ms,
            now=to_milliseconds(now),
        )
    )


def release(database: Database, claim: LeasedDelivery, now: datetime) -> None:
    """Returns a delivery that was not tried."""
    database.fetch(_RELEASE, **_lease_parameters(claim), now=to_milliseconds(now))


def make_due_now(database: Database, target: str, now: datetime) -> None:
    """Makes everything that waits for its next try due at once: the target has just been heard from again."""
    database.fetch(_MAKE_DUE_NOW, target=target, now=to_milliseconds(now))


def cap_due_times(database: Database, target: str, now: datetime) -> None:
    """After the clock was set back, nothing waits for an hour to come again.

    Further ahead than it could be lies what has not been tried and is not due yet, a lease longer than any, and a next
    try beyond the longest wait.
    """
    latest_lease_end, latest_attempt = (
        to_milliseconds(now + LEASE_DURATION),
        to_milliseconds(now + MAX_RETRY_DELAY),
    )
    database.fetch(
        _CAP_DUE_TIMES,
        target=target,
        now=to_milliseconds(now),
        until=latest_lease_end,
        latest=latest_attempt,
    )


def list_pending(database: Database, limit: int) -> list[PendingDelivery]:
    """What targets do not have yet, the longest due first."""
    return [pending_from_row(row) for row in database.fetch(_LIST_PENDING, limit=limit)]


def retry_all(database: Database, target: str, now: datetime) -> int:
    """Makes all that the target does not have due at once, with all tries before it, but for what is in the air."""
    return database.execute(_RETRY_ALL, target=target, now=to_milliseconds(now))


def resend(
    database: Database, identifier: str, delivery_id: int, now: datetime
) -> tuple[str, str] | None:
    """Makes the delivery due at once, with all tries before it; its target and topic, None where a worker is at it."""
    rows = database.fetch(_RESEND, id=delivery_id, identifier=identifier, now=to_milliseconds(now))
    return (rows[0][0], rows[0][1]) if rows else None


def pending_from_row(row: Row) -> PendingDelivery:
    """The delivery in a row of `UNDELIVERED`."""
    identifier, target, topic, desired_revision, pending_since, next_attempt_at, last_detail = row
    return PendingDelivery(
        identifier=identifier,
        target=target,
        topic=Topic(topic),
        desired_revision=desired_revision,
        pending_since=from_milliseconds(pending_since),
        next_attempt_at=None if next_attempt_at is None else from_milliseconds(next_attempt_at),
        last_detail=last_detail,
    )


def _leased_from_row(row: Row, lease_token: str) -> LeasedDelivery:
    (
        delivery_id,
        lease_expires_at,
        target,
        topic,
        desired_revision,
        desired_since,
        pending_since,
        failure_count,
        request_id,
        *session_row,
    ) = row
    return LeasedDelivery(
        delivery_id=delivery_id,
        lease_token=lease_token,
        lease_expires_at=from_milliseconds(lease_expires_at),
        target=target,
        topic=Topic(topic),
        revision=desired_revision,
        desired_since=from_milliseconds(desired_since),
        pending_since=from_milliseconds(pending_since),
        failure_count=failure_count,
        request_id=request_id,
        session=session_from_row(session_row),
    )


def _lease_parameters(claim: LeasedDelivery) -> dict[str, object]:
    return {"id": claim.delivery_id, "lease_token": claim.lease_token, "revision": claim.revision}


_DUE_IDS = """
SELECT id FROM delivery WHERE target = :target AND next_attempt_at <= :now
ORDER BY next_attempt_at LIMIT :limit FOR UPDATE SKIP LOCKED
"""

# As an array the rows are chosen once; in a join PostgreSQL may choose again and again, and lease more than the limit.
_LEASE_DUE = Statement(
    f"UPDATE delivery SET lease_token = :lease_token, next_attempt_at = :until WHERE id IN ({_DUE_IDS})",  # constants only
    postgresql=f"UPDATE delivery SET lease_token = :lease_token, next_attempt_at = :until WHERE id = ANY(ARRAY({_DUE_IDS}))",  # as above
)

_LOAD_LEASED = Statement(f"""
SELECT delivery.id, delivery.next_attempt_at, delivery.target, delivery.topic, delivery.desired_revision, delivery.desired_since,
  delivery.pending_since, delivery.failure_count, delivery.request_id, {SESSION_COLUMNS}
FROM delivery JOIN session ON session.id = delivery.session_id
WHERE delivery.lease_token = :lease_token
""")  # constants only

_MARK_DELIVERED = Statement("""
UPDATE delivery SET delivered_revision = :revision, failure_count = 0, lease_token = NULL,
  next_attempt_at = CASE WHEN desired_revision > :revision THEN CAST(:now AS BIGINT) END
WHERE id = :id AND lease_token = :lease_token
""")

_MARK_FAILED = Statement("""
UPDATE delivery SET failure_count = failure_count + 1, lease_token = NULL,
  next_attempt_at = CASE WHEN desired_revision > :revision THEN CAST(:now AS BIGINT) ELSE CAST(:next_attempt_at AS BIGINT) END
WHERE id = :id AND lease_token = :lease_token
""")

_RELEASE = Statement(
    "UPDATE delivery SET lease_token = NULL, next_attempt_at = :now WHERE id = :id AND lease_token = :lease_token"
)

_MAKE_DUE_NOW = Statement(
    "UPDATE delivery SET next_attempt_at = :now WHERE target = :target AND next_attempt_at > :now AND lease_token IS NULL"
)

_CAP_DUE_TIMES = Statement("""
UPDATE delivery SET next_attempt_at = CASE WHEN lease_token IS NULL THEN CAST(:now AS BIGINT) ELSE CAST(:until AS BIGINT) END
WHERE target = :target AND next_attempt_at > :now AND CASE
  WHEN lease_token IS NOT NULL THEN next_attempt_at > :until
  ELSE failure_count = 0 OR pending_since > :now OR next_attempt_at > :latest
END
""")

SELECT_PENDING = """
SELECT session.identifier, delivery.target, delivery.topic, delivery.desired_revision, delivery.pending_since, delivery.next_attempt_at,
  (SELECT attempt.detail FROM attempt WHERE attempt.delivery_id = delivery.id ORDER BY attempt.id + 0 DESC LIMIT 1)
FROM delivery JOIN session ON session.id = delivery.session_id
"""
"""What `undelivered_of` reads; a condition and an order follow."""

_LIST_PENDING = Statement(f"""
{SELECT_PENDING}
WHERE delivery.delivered_revision IS NULL OR delivery.delivered_revision < delivery.desired_revision
ORDER BY delivery.pending_since LIMIT :limit
""")

_RETRY_ALL = Statement("""
UPDATE delivery SET next_attempt_at = :now, pending_since = :now, failure_count = 0
WHERE target = :target AND (delivered_revision IS NULL OR delivered_revision < desired_revision) AND lease_token IS NULL
""")

_RESEND = Statement("""
UPDATE delivery SET next_attempt_at = :now, pending_since = :now, failure_count = 0, delivered_revision = NULL
WHERE id = :id AND lease_token IS NULL AND session_id = (SELECT id FROM session WHERE identifier = :identifier)
RETURNING target, topic
""")
