"""Writes down many messages that have arrived at once, as nearly all do."""

from collections.abc import Sequence
from datetime import datetime

from proctor_results.store import attempts, deliveries, targets
from proctor_results.store.attempts import Attempt
from proctor_results.store.columns import milliseconds
from proctor_results.store.deliveries import Claim
from proctor_results.store.ledger import Ledger
from proctor_results.store.statement import Statement

Arrived = tuple[Claim, Attempt]


def settle(ledger: Ledger, arrived: Sequence[Arrived], now: datetime) -> None:
    """Each attempt is kept, and its target has the revision, unless the lease was lost: then another worker speaks.

    A target that had been failing is trusted again, and whatever waits for its next try there is due at once. Call it
    as a step of `ledger.enter`, or in a transaction. Raises LedgerAway.
    """
    if ledger.embedded:
        _in_turn(ledger, arrived, now)
    else:
        _at_once(ledger, arrived, now)


def _in_turn(ledger: Ledger, arrived: Sequence[Arrived], now: datetime) -> None:
    for claim, attempt in arrived:
        attempts.keep(ledger, attempt)
        deliveries.settle_delivered(ledger, claim, attempt.at)
    for target in {claim.target for claim, _ in arrived}:
        if targets.recovered(ledger, target):
            deliveries.hasten(ledger, target, now)


def _at_once(ledger: Ledger, arrived: Sequence[Arrived], now: datetime) -> None:
    """In the order of their numbers, so that two of these do not lock each other out."""
    rows = [
        {**vars(attempt), "at": milliseconds(attempt.at), "lease": claim.lease}
        for claim, attempt in sorted(arrived, key=lambda each: each[0].delivery_id)
    ]
    lists = {name: [row[name] for row in rows] for name in rows[0]}
    ledger.run(_AT_ONCE, **lists, targets=sorted({claim.target for claim, _ in arrived}), now=milliseconds(now))


_AT_ONCE = Statement(
    "",
    postgresql="""
WITH landed AS (
  SELECT * FROM unnest(CAST(:delivery_id AS bigint[]), CAST(:revision AS integer[]), CAST(:at AS bigint[]),
    CAST(:seconds AS double precision[]), CAST(:result AS text[]), CAST(:status AS integer[]),
    CAST(:detail AS text[]), CAST(:lease AS text[])
  ) AS each (delivery_id, revision, at, seconds, result, status, detail, lease)
),
kept AS (
  INSERT INTO attempt (delivery_id, revision, at, seconds, result, status, detail)
  SELECT delivery_id, revision, at, seconds, result, status, detail FROM landed
),
recovered AS (
  UPDATE target SET failures = 0, failed_at = NULL, paused_until = NULL
  WHERE name = ANY(CAST(:targets AS text[])) AND (failures > 0 OR paused_until IS NOT NULL)
  RETURNING name
),
hastened AS (
  UPDATE delivery SET due_at = :now
  WHERE target IN (SELECT name FROM recovered) AND due_at > :now AND lease IS NULL
)
UPDATE delivery SET delivered = landed.revision, failed = 0, lease = NULL,
  due_at = CASE WHEN delivery.wanted > landed.revision THEN landed.at END
FROM landed WHERE delivery.id = landed.delivery_id AND delivery.lease = landed.lease
""",
)
