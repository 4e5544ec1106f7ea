"""Writes down many messages that have arrived at once, as nearly all do."""

from collections.abc import Sequence
from datetime import datetime

from proctor_results.database.connection import Database
from proctor_results.database.statement import Statement
from proctor_results.database.values import to_milliseconds
from proctor_results.deliveries import attempts, targets_store
from proctor_results.deliveries import queue as delivery_queue
from proctor_results.deliveries.attempts import Attempt
from proctor_results.deliveries.queue import LeasedDelivery

LeasedAttempt = tuple[LeasedDelivery, Attempt]


def mark_delivered_batch(
    database: Database, leased_attempts: Sequence[LeasedAttempt], now: datetime
) -> None:
    """Each attempt is kept, and its target has the revision, unless the lease was lost: then another worker speaks.

    A target that had been failing is trusted again, and whatever waits for its next try there is due at once. Call it
    as a step of `ledger.enter`, or in a transaction. Raises LedgerAway.
    """
    if database.is_sqlite:
        _by_statements(database, leased_attempts, now)
    else:
        _by_one_statement(database, leased_attempts, now)


def _by_statements(
    database: Database, leased_attempts: Sequence[LeasedAttempt], now: datetime
) -> None:
    for claim, attempt in leased_attempts:
        attempts.insert(database, attempt)
        delivery_queue.mark_delivered(database, claim, attempt.at)
    for target in {claim.target for claim, _ in leased_attempts}:
        if targets_store.reset_failures(database, target):
            delivery_queue.make_due_now(database, target, now)


def _by_one_statement(
    database: Database, leased_attempts: Sequence[LeasedAttempt], now: datetime
) -> None:
    """In the order of their numbers, so that two of these do not lock each other out."""
    rows = [
        {**vars(attempt), "at": to_milliseconds(attempt.at), "lease_token": claim.lease_token}
        for claim, attempt in sorted(leased_attempts, key=lambda pair: pair[0].delivery_id)
    ]
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    database.fetch(
        _MARK_DELIVERED_POSTGRESQL,
        **columns,
        targets=sorted({claim.target for claim, _ in leased_attempts}),
        now=to_milliseconds(now),
    )


_MARK_DELIVERED_POSTGRESQL = Statement(
    "",
    postgresql="""
WITH result AS (
  SELECT * FROM unnest(CAST(:delivery_id AS bigint[]), CAST(:revision AS integer[]), CAST(:at AS bigint[]),
    CAST(:seconds AS double precision[]), CAST(:result AS text[]), CAST(:status AS integer[]),
    CAST(:detail AS text[]), CAST(:lease_token AS text[])
  ) AS sent (delivery_id, revision, at, seconds, result, status, detail, lease_token)
),
inserted AS (
  INSERT INTO attempt (delivery_id, revision, at, seconds, result, status, detail)
  SELECT delivery_id, revision, at, seconds, result, status, detail FROM result
),
recovered_target AS (
  UPDATE target SET failure_count = 0, last_failure_at = NULL, paused_until = NULL
  WHERE name = ANY(CAST(:targets AS text[])) AND (failure_count > 0 OR paused_until IS NOT NULL)
  RETURNING name
),
retried AS (
  UPDATE delivery SET next_attempt_at = :now
  WHERE target IN (SELECT name FROM recovered_target) AND next_attempt_at > :now AND lease_token IS NULL
)
UPDATE delivery SET delivered_revision = result.revision, failure_count = 0, lease_token = NULL,
  next_attempt_at = CASE WHEN delivery.desired_revision > result.revision THEN result.at END
FROM result WHERE delivery.id = result.delivery_id AND delivery.lease_token = result.lease_token
""",
)
