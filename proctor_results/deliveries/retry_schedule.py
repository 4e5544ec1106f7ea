"""When an undelivered message is tried again (design, "Delivering")."""

from dataclasses import dataclass
from datetime import datetime, timedelta

_MINUTE, _HOUR = 60, 3600
RETRY_DELAYS = (
    5,
    30,
    2 * _MINUTE,
    10 * _MINUTE,
    30 * _MINUTE,
    _HOUR,
    2 * _HOUR,
    4 * _HOUR,
    8 * _HOUR,
)
"""Seconds after the 1st, 2nd … failed try; the last one repeats."""

GIVE_UP_AFTER = timedelta(hours=72)
MAX_REFUSALS = 3
JITTER_FRACTION = 0.1
MAX_RETRY_AFTER = timedelta(hours=1)

MAX_RETRY_DELAY = timedelta(seconds=RETRY_DELAYS[-1] * (1 + JITTER_FRACTION))
"""Between two tries of a message."""

PAUSE_AFTER_FAILURES = 5
PAUSE_SECONDS = (10, 30, _MINUTE, 2 * _MINUTE, 5 * _MINUTE)
"""Seconds that a target rests after its 5th, 6th … failure in a row; one delivery then probes it."""


@dataclass(frozen=True, kw_only=True)
class FailureHistory:
    """How often a message was tried in vain, this time included, and since when it has been due."""

    failure_count: int
    pending_since: datetime


def next_retry(
    failure_history: FailureHistory, now: datetime, jitter: float, retry_after: timedelta | None
) -> datetime | None:
    """The next try of a message that did not arrive, or None once 72 hours are over.

    The last try is at 72 hours sharp. `jitter` in [0, 1) only ever adds; what the target asks for by Retry-After is
    followed up to an hour.
    """
    if now - failure_history.pending_since >= GIVE_UP_AFTER:
        return None
    last_retry_at = failure_history.pending_since + GIVE_UP_AFTER
    return min(
        last_retry_at,
        now
        + max(
            _jittered_delay(failure_history.failure_count, jitter), _cap_retry_after(retry_after)
        ),
    )


def next_retry_after_refusal(
    failure_history: FailureHistory, now: datetime, jitter: float
) -> datetime | None:
    """The next try of a message that was answered and refused: a few, then a person must look."""
    if failure_history.failure_count >= MAX_REFUSALS:
        return None
    return now + _jittered_delay(failure_history.failure_count, jitter)


def target_pause(failure_count: int, retry_after: timedelta | None) -> timedelta | None:
    """How long a target rests after so many failures in a row, or None while it is still worth trying.

    A target that asks for a rest by Retry-After gets it, up to an hour, after its first failure already.
    """
    excess_failures = failure_count - PAUSE_AFTER_FAILURES
    if excess_failures >= 0:
        return max(
            timedelta(seconds=PAUSE_SECONDS[min(excess_failures, len(PAUSE_SECONDS) - 1)]),
            _cap_retry_after(retry_after),
        )
    return _cap_retry_after(retry_after) or None


def _cap_retry_after(retry_after: timedelta | None) -> timedelta:
    return min(retry_after, MAX_RETRY_AFTER) if retry_after is not None else timedelta()


def _jittered_delay(failure_count: int, jitter: float) -> timedelta:
    return timedelta(
        seconds=RETRY_DELAYS[min(failure_count, len(RETRY_DELAYS)) - 1]
        * (1 + JITTER_FRACTION * jitter)
    )
