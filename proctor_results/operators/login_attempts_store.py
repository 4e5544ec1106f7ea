"""Counts failed sign-ins per throttle key: the name, or the address of the browser."""

from datetime import datetime

from peewee import EXCLUDED, ModelDelete

from proctor_results.database.connection import Database
from proctor_results.database.models import LoginAttempt
from proctor_results.database.statement import Statement
from proctor_results.formats.times import to_milliseconds
from proctor_results.operators.model import THROTTLE_RESET_AFTER, LoginThrottle


def delete_expired(database: Database, now: datetime) -> None:
    """Forget failures that are long ago. Raises DatabaseUnavailable."""
    database.fetch(_DELETE_EXPIRED, before=to_milliseconds(now - THROTTLE_RESET_AFTER))


def blocked_until(database: Database, throttle_key: str, now: datetime) -> datetime | None:
    """Return when the next attempt is allowed, or None if it is allowed now.

    Call it in the transaction that records the attempt. It locks the key's row, so that
    simultaneous attempts are counted one after the other.
    """
    insert = LoginAttempt.insert(
        throttle_key=throttle_key, failure_count=0, last_failure_at=now, blocked_until=0
    )
    lock = insert.on_conflict(
        conflict_target=[LoginAttempt.throttle_key],
        update={LoginAttempt.throttle_key: EXCLUDED.throttle_key},
    )
    rows = database.select(lock.returning(LoginAttempt.blocked_until).tuples())
    until: datetime = rows[0][0]
    return until if until > now else None


def record_failure(
    database: Database, throttle_key: str, throttle: LoginThrottle, now: datetime
) -> None:
    """Count an attempt as failed before its password is checked.

    Simultaneous attempts would all be free otherwise.
    """
    is_same_key = LoginAttempt.throttle_key == throttle_key
    count = LoginAttempt.update(
        failure_count=LoginAttempt.failure_count + 1, last_failure_at=now
    ).where(is_same_key)
    rows = database.select(count.returning(LoginAttempt.failure_count).tuples())
    blocked_until = now + throttle.delay_after(rows[0][0])
    database.change(LoginAttempt.update(blocked_until=blocked_until).where(is_same_key))


def clear(database: Database, throttle_key: str) -> None:
    """Forget all failures of a name after a correct password."""
    database.change(ModelDelete(LoginAttempt).where(LoginAttempt.throttle_key == throttle_key))


def undo_failure(database: Database, throttle_key: str) -> None:
    """Take back the failure of a correct attempt.

    Earlier ones stay counted: an attacker may have an account of their own at the same address.
    """
    decrement = LoginAttempt.update(failure_count=LoginAttempt.failure_count - 1)
    has_failures = (LoginAttempt.throttle_key == throttle_key) & (LoginAttempt.failure_count > 0)
    database.change(decrement.where(has_failures))


_DELETE_EXPIRED = Statement("""
DELETE FROM login_attempt WHERE throttle_key IN (
  SELECT throttle_key FROM login_attempt WHERE last_failure_at < :before FOR UPDATE SKIP LOCKED
)
""")
"""An attempt that holds a row's lock keeps it: waiting for several locks could deadlock."""
