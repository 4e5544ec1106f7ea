"""The queue of what must be told: one row per session, target and topic, leased to one worker at a time.

A row holds the revision the target should have (`wanted`, since `wanted_at`) and the one it has (`delivered`), since
when it has been tried (`due_since`) and when to try next (`due_at`). While a worker holds it, `lease` names the
worker's claim, and `due_at` the end of the lease. `request_id` names the request that made it due.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from proctor_results.domain.schedule import LONGEST_WAIT
from proctor_results.domain.session import Session
from proctor_results.domain.words import Topic
from proctor_results.store.columns import SESSION, milliseconds, moment, session
from proctor_results.store.ledger import Ledger, Row
from proctor_results.store.statement import Statement

LEASE = timedelta(seconds=20)
"""Longer than a call may take, so that a message is never in the air twice."""


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A delivery leased to this worker, with the session as it is now and the revision that will be told.

    A `probe` finds out whether a target that rests is there again.
    """

    delivery_id: int
    lease: str
    lease_ends: datetime
    target: str
    topic: Topic
    revision: int
    wanted_at: datetime
    due_since: datetime
    failed: int
    request_id: str | None
    session: Session
    probe: bool = False


@dataclass(frozen=True, kw_only=True)
class Undelivered:
    """A delivery whose target does not have the newest revision; without `due_at` it was given up."""

    identifier: str
    target: str
    topic: Topic
    wanted: int
    due_since: datetime
    due_at: datetime | None
    last_detail: str | None


def lease(ledger: Ledger, target: str, token: str, limit: int, now: datetime) -> int:
    """Leases at most `limit` due deliveries under this token, the longest due first; how many there were."""
    until = milliseconds(now + LEASE)
    return ledger.count(_LEASE, target=target, lease=token, until=until, limit=limit, now=milliseconds(now))


def leased(ledger: Ledger, token: str) -> list[Claim]:
    """What was leased under the token. Session and revision are read together: they belong together."""
    return [_claim(row, token) for row in ledger.run(_LEASED, lease=token)]


def settle_delivered(ledger: Ledger, claim: Claim, now: datetime) -> bool:
    """The target has the revision. False where the lease was lost: somebody else speaks for the row now."""
    return bool(ledger.count(_DELIVERED, **_of(claim), now=milliseconds(now)))


def settle_failed(ledger: Ledger, claim: Claim, next_try: datetime | None, now: datetime) -> bool:
    """The revision did not arrive. Without a next try it stays undelivered until a person retries it."""
    next_at = milliseconds(next_try) if next_try else None
    return bool(ledger.count(_FAILED, **_of(claim), next_at=next_at, now=milliseconds(now)))


def give_back(ledger: Ledger, claim: Claim, now: datetime) -> None:
    """Returns a delivery that was not tried."""
    ledger.run(_GIVE_BACK, **_of(claim), now=milliseconds(now))


def hasten(ledger: Ledger, target: str, now: datetime) -> None:
    """Makes everything that waits for its next try due at once: the target has just been heard from again."""
    ledger.run(_HASTEN, target=target, now=milliseconds(now))


def bring_forward(ledger: Ledger, target: str, now: datetime) -> None:
    """After the clock was set back, nothing waits for an hour to come again.

    Further ahead than it could be lies what has not been tried and is not due yet, a lease longer than any, and a next
    try beyond the longest wait.
    """
    until, latest = milliseconds(now + LEASE), milliseconds(now + LONGEST_WAIT)
    ledger.run(_BRING_FORWARD, target=target, now=milliseconds(now), until=until, latest=latest)


def undelivered(ledger: Ledger, limit: int) -> list[Undelivered]:
    """What targets do not have yet, the longest due first."""
    return [undelivered_of(row) for row in ledger.run(_UNDELIVERED, limit=limit)]


def revive(ledger: Ledger, target: str, now: datetime) -> int:
    """Makes all that the target does not have due at once, with all tries before it, but for what is in the air."""
    return ledger.count(_REVIVE, target=target, now=milliseconds(now))


def renew(ledger: Ledger, identifier: str, delivery: int, now: datetime) -> tuple[str, str] | None:
    """Makes the delivery due at once, with all tries before it; its target and topic, None where a worker is at it."""
    rows = ledger.run(_RENEW, id=delivery, identifier=identifier, now=milliseconds(now))
    return (rows[0][0], rows[0][1]) if rows else None


def undelivered_of(row: Row) -> Undelivered:
    """The delivery in a row of `UNDELIVERED`."""
    identifier, target, topic, wanted, due_since, due_at, last_detail = row
    return Undelivered(
        identifier=identifier,
        target=target,
        topic=Topic(topic),
        wanted=wanted,
        due_since=moment(due_since),
        due_at=None if due_at is None else moment(due_at),
        last_detail=last_detail,
    )


def _claim(row: Row, token: str) -> Claim:
    delivery_id, lease_ends, target, topic, wanted, wanted_at, due_since, failed, request_id, *columns = row
    return Claim(
        delivery_id=delivery_id,
        lease=token,
        lease_ends=moment(lease_ends),
        target=target,
        topic=Topic(topic),
        revision=wanted,
        wanted_at=moment(wanted_at),
        due_since=moment(due_since),
        failed=failed,
        request_id=request_id,
        session=session(columns),
    )


def _of(claim: Claim) -> dict[str, object]:
    return {"id": claim.delivery_id, "lease": claim.lease, "revision": claim.revision}


_DUE = """
SELECT id FROM delivery WHERE target = :target AND due_at <= :now
ORDER BY due_at LIMIT :limit FOR UPDATE SKIP LOCKED
"""

# As an array the rows are chosen once; in a join PostgreSQL may choose again and again, and lease more than the limit.
_LEASE = Statement(
    f"UPDATE delivery SET lease = :lease, due_at = :until WHERE id IN ({_DUE})",  # noqa: S608  # constants only
    postgresql=f"UPDATE delivery SET lease = :lease, due_at = :until WHERE id = ANY(ARRAY({_DUE}))",  # noqa: S608  # as above
)

_LEASED = Statement(f"""
SELECT delivery.id, delivery.due_at, delivery.target, delivery.topic, delivery.wanted, delivery.wanted_at,
  delivery.due_since, delivery.failed, delivery.request_id, {SESSION}
FROM delivery JOIN session ON session.id = delivery.session_id
WHERE delivery.lease = :lease
""")  # noqa: S608  # constants only

_DELIVERED = Statement("""
UPDATE delivery SET delivered = :revision, failed = 0, lease = NULL,
  due_at = CASE WHEN wanted > :revision THEN CAST(:now AS BIGINT) END
WHERE id = :id AND lease = :lease
""")

_FAILED = Statement("""
UPDATE delivery SET failed = failed + 1, lease = NULL,
  due_at = CASE WHEN wanted > :revision THEN CAST(:now AS BIGINT) ELSE CAST(:next_at AS BIGINT) END
WHERE id = :id AND lease = :lease
""")

_GIVE_BACK = Statement("UPDATE delivery SET lease = NULL, due_at = :now WHERE id = :id AND lease = :lease")

_HASTEN = Statement("UPDATE delivery SET due_at = :now WHERE target = :target AND due_at > :now AND lease IS NULL")

_BRING_FORWARD = Statement("""
UPDATE delivery SET due_at = CASE WHEN lease IS NULL THEN CAST(:now AS BIGINT) ELSE CAST(:until AS BIGINT) END
WHERE target = :target AND due_at > :now AND CASE
  WHEN lease IS NOT NULL THEN due_at > :until
  ELSE failed = 0 OR due_since > :now OR due_at > :latest
END
""")

UNDELIVERED = """
SELECT session.identifier, delivery.target, delivery.topic, delivery.wanted, delivery.due_since, delivery.due_at,
  (SELECT attempt.detail FROM attempt WHERE attempt.delivery_id = delivery.id ORDER BY attempt.id + 0 DESC LIMIT 1)
FROM delivery JOIN session ON session.id = delivery.session_id
"""
"""What `undelivered_of` reads; a condition and an order follow."""

_UNDELIVERED = Statement(f"""
{UNDELIVERED}
WHERE delivery.delivered IS NULL OR delivery.delivered < delivery.wanted
ORDER BY delivery.due_since LIMIT :limit
""")

_REVIVE = Statement("""
UPDATE delivery SET due_at = :now, due_since = :now, failed = 0
WHERE target = :target AND (delivered IS NULL OR delivered < wanted) AND lease IS NULL
""")

_RENEW = Statement("""
UPDATE delivery SET due_at = :now, due_since = :now, failed = 0, delivered = NULL
WHERE id = :id AND lease IS NULL AND session_id = (SELECT id FROM session WHERE identifier = :identifier)
RETURNING target, topic
""")
