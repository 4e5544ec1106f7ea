"""Lease due deliveries to a worker, load them, and store the results of attempts.

There is one row per session, target and topic, leased to one worker at a time. `next_attempt_at`
says when to send next; `lease_token` and `lease_expires_at` are set while a worker holds the row.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from proctor_results.database.connection import Database, Row
from proctor_results.database.statement import Statement
from proctor_results.deliveries import pending_store, targets_store
from proctor_results.deliveries.model import AttemptResult, LeasedDelivery
from proctor_results.formats.times import from_milliseconds, to_milliseconds
from proctor_results.sessions.enums import Topic
from proctor_results.sessions.rows import SESSION_COLUMNS, session_from_row

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


def mark_delivered_batch(
    database: Database, attempts: Sequence[AttemptResult], now: datetime
) -> None:
    """Store delivered attempts and record which targets have the revisions.

    Where a lease was lost, only the attempt is stored. A target that had been failing is enabled
    again, and its waiting deliveries become due. Runs in `run_write` or a transaction.
    """
    if not database.is_sqlite:
        _mark_delivered_postgresql(database, attempts, now)
        return
    for attempt in attempts:
        insert_attempt(database, attempt)
        mark_delivered(database, attempt.claim)
    for target in {attempt.claim.target for attempt in attempts}:
        if targets_store.reset_failures(database, target):
            pending_store.make_due_now(database, target, now)


def _mark_delivered_postgresql(
    database: Database, attempts: Sequence[AttemptResult], now: datetime
) -> None:
    """Use one statement, with rows in id order so that two workers do not deadlock."""
    rows = [
        {**_attempt_columns(attempt), "lease_token": attempt.claim.lease_token}
        for attempt in sorted(attempts, key=lambda attempt: attempt.claim.delivery_id)
    ]
    database.fetch(
        _MARK_DELIVERED_BATCH,
        **{name: [row[name] for row in rows] for name in rows[0]},
        targets=sorted({attempt.claim.target for attempt in attempts}),
        now=to_milliseconds(now),
    )


def mark_delivered(database: Database, claim: LeasedDelivery) -> bool:
    """Record that the target has the revision. Return False if the lease was lost meanwhile."""
    return bool(database.execute(_MARK_DELIVERED, **_lease_parameters(claim)))


def mark_failed(
    database: Database, claim: LeasedDelivery, next_attempt_at: datetime | None
) -> bool:
    """Record a failure. Without a next attempt the delivery waits for news or an operator.

    Return False if the lease was lost meanwhile.
    """
    return bool(
        database.execute(
            _MARK_FAILED,
            **_lease_parameters(claim),
            next_attempt_at=to_milliseconds(next_attempt_at) if next_attempt_at else None,
        )
    )


def insert_attempt(database: Database, attempt: AttemptResult) -> None:
    """Store the attempt, whether or not its lease still holds."""
    database.fetch(_INSERT_ATTEMPT, **_attempt_columns(attempt))


def _lease_parameters(claim: LeasedDelivery) -> dict[str, object]:
    return {"id": claim.delivery_id, "lease_token": claim.lease_token, "revision": claim.revision}


def _attempt_columns(attempt: AttemptResult) -> dict[str, object]:
    return {
        "delivery_id": attempt.claim.delivery_id,
        "revision": attempt.claim.revision,
        "at": to_milliseconds(attempt.at),
        "seconds": attempt.seconds,
        "result": attempt.result.kind,
        "status": attempt.result.status,
        "detail": attempt.result.detail,
    }


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

_INSERT_ATTEMPT = Statement("""
INSERT INTO attempt (delivery_id, revision, at, seconds, result, status, detail)
VALUES (:delivery_id, :revision, :at, :seconds, :result, :status, :detail)
""")

# Where the session changed while its message was in flight, `save` has set the next attempt.
_MARK_DELIVERED = Statement("""
UPDATE delivery SET delivered_revision = :revision, failure_count = 0,
  lease_token = NULL, lease_expires_at = NULL,
  next_attempt_at = CASE WHEN desired_revision > :revision THEN next_attempt_at END
WHERE id = :id AND lease_token = :lease_token
""")

_MARK_DELIVERED_BATCH = Statement(
    "",
    postgresql="""
WITH result AS (
  SELECT * FROM unnest(CAST(:delivery_id AS bigint[]), CAST(:revision AS integer[]),
    CAST(:at AS bigint[]), CAST(:seconds AS double precision[]), CAST(:result AS text[]),
    CAST(:status AS integer[]), CAST(:detail AS text[]), CAST(:lease_token AS text[])
  ) AS sent (delivery_id, revision, at, seconds, result, status, detail, lease_token)
),
inserted AS (
  INSERT INTO attempt (delivery_id, revision, at, seconds, result, status, detail)
  SELECT delivery_id, revision, at, seconds, result, status, detail FROM result
),
recovered_target AS (
  UPDATE target SET failure_count = 0, last_failure_at = NULL, paused_until = NULL,
    detail = ''
  WHERE name = ANY(CAST(:targets AS text[])) AND (failure_count > 0 OR paused_until IS NOT NULL)
  RETURNING name
),
retried AS (
  UPDATE delivery SET next_attempt_at = :now
  WHERE target IN (SELECT name FROM recovered_target) AND next_attempt_at > :now
    AND lease_token IS NULL
)
UPDATE delivery SET delivered_revision = result.revision, failure_count = 0,
  lease_token = NULL, lease_expires_at = NULL,
  next_attempt_at = CASE WHEN delivery.desired_revision > result.revision THEN next_attempt_at END
FROM result WHERE delivery.id = result.delivery_id AND delivery.lease_token = result.lease_token
""",
)

_MARK_FAILED = Statement("""
UPDATE delivery SET failure_count = failure_count + 1, lease_token = NULL, lease_expires_at = NULL,
  next_attempt_at = CASE WHEN desired_revision > :revision THEN next_attempt_at
    ELSE CAST(:next_attempt_at AS BIGINT) END
WHERE id = :id AND lease_token = :lease_token
""")
