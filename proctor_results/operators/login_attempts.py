"""Counts failed sign-ins, by whatever they have in common: the name tried, the address they come from."""

from datetime import datetime

from proctor_results.database.connection import Database
from proctor_results.database.statement import Statement
from proctor_results.formats.times import from_milliseconds, to_milliseconds
from proctor_results.operators.model import THROTTLE_RESET_AFTER, LoginThrottle


def delete_expired(database: Database, now: datetime) -> None:
    """Failures long ago are over. Raises LedgerAway."""
    database.fetch(_DELETE_EXPIRED, before=to_milliseconds(now - THROTTLE_RESET_AFTER))


def blocked_until(database: Database, throttle_key: str, now: datetime) -> datetime | None:
    """Until when they must wait; None where they may try now. Call it in the transaction that counts the try.

    Whoever asks about the same `who` meanwhile waits for its end, so that tries at once are counted one by one.
    """
    database.fetch(_INSERT_IF_MISSING, throttle_key=throttle_key, now=to_milliseconds(now))
    blocked_until_at = from_milliseconds(
        database.fetch(_LOCK_BLOCKED_UNTIL, throttle_key=throttle_key)[0][0]
    )
    return blocked_until_at if blocked_until_at > now else None


def record_failure(
    database: Database, throttle_key: str, throttle: LoginThrottle, now: datetime
) -> None:
    """Counts a try as failed, before it is known to be: tries at once must not all be free."""
    failures = database.fetch(_RECORD_FAILURE, throttle_key=throttle_key, now=to_milliseconds(now))[
        0
    ][0]
    database.fetch(
        _BLOCK_UNTIL,
        throttle_key=throttle_key,
        until=to_milliseconds(now + throttle.delay_after(failures)),
    )


def clear(database: Database, throttle_key: str) -> None:
    """The try was right, and the ones before it were slips."""
    database.fetch(_CLEAR, throttle_key=throttle_key)


def undo_failure(database: Database, throttle_key: str) -> None:
    """The try was right; others before it stay counted: an attacker may have an account of their own."""
    database.fetch(_UNDO_FAILURE, throttle_key=throttle_key)


_DELETE_EXPIRED = Statement("""
DELETE FROM login_attempt WHERE throttle_key IN (SELECT throttle_key FROM login_attempt WHERE last_failure_at < :before FOR UPDATE SKIP LOCKED)
""")

_INSERT_IF_MISSING = Statement("""
INSERT INTO login_attempt (throttle_key, failure_count, last_failure_at, blocked_until) VALUES (:throttle_key, 0, :now, 0) ON CONFLICT (throttle_key) DO NOTHING
""")

_LOCK_BLOCKED_UNTIL = Statement(
    "SELECT blocked_until FROM login_attempt WHERE throttle_key = :throttle_key FOR UPDATE"
)

_RECORD_FAILURE = Statement(
    "UPDATE login_attempt SET failure_count = failure_count + 1, last_failure_at = :now WHERE throttle_key = :throttle_key RETURNING failure_count"
)

_BLOCK_UNTIL = Statement(
    "UPDATE login_attempt SET blocked_until = :until WHERE throttle_key = :throttle_key"
)

_CLEAR = Statement("DELETE FROM login_attempt WHERE throttle_key = :throttle_key")

_UNDO_FAILURE = Statement(
    "UPDATE login_attempt SET failure_count = failure_count - 1 WHERE throttle_key = :throttle_key AND failure_count > 0"
)
