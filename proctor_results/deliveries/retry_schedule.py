"""When a message that was not delivered is sent again."""

from datetime import datetime, timedelta

RETRY_DELAYS = (5, 30, 120, 600, 1800, 3600, 7200, 14400, 28800)
"""Seconds after the 1st, 2nd … failed attempt; the last one repeats."""

GIVE_UP_AFTER = timedelta(hours=72)
MAX_REFUSALS = 3
JITTER_FRACTION = 0.1
MAX_RETRY_AFTER = timedelta(hours=1)

MAX_RETRY_DELAY = timedelta(seconds=RETRY_DELAYS[-1] * (1 + JITTER_FRACTION))
"""The longest time between two attempts at a message."""

PAUSE_AFTER_FAILURES = 5
PAUSE_SECONDS = (10, 30, 60, 120, 300)
"""Seconds that a target is paused after its 5th, 6th … failure in a row; then one probe is sent."""


def next_retry(
    failure_count: int,
    pending_since: datetime,
    now: datetime,
    jitter: float,
    retry_after: timedelta | None,
) -> datetime | None:
    """Return the time of the next attempt, or None once 72 hours are over: the last is then.

    `jitter` in [0, 1) is only added. Retry-After is honoured up to an hour.
    """
    last_retry_at = pending_since + GIVE_UP_AFTER
    if now >= last_retry_at:
        return None
    delay = _jittered_delay(failure_count, jitter)
    return min(last_retry_at, now + max(delay, _cap_retry_after(retry_after)))


def next_retry_after_refusal(failure_count: int, now: datetime, jitter: float) -> datetime | None:
    """Return the time of the next attempt; after a few refusals None: an operator must look."""
    return now + _jittered_delay(failure_count, jitter) if failure_count < MAX_REFUSALS else None


def target_pause(failure_count: int, retry_after: timedelta | None) -> timedelta | None:
    """Return how long to pause a target after its failures in a row, None for no pause.

    A target that sends Retry-After is paused after its first failure already, up to an hour.
    """
    excess_failures = failure_count - PAUSE_AFTER_FAILURES
    pause = _cap_retry_after(retry_after)
    if excess_failures >= 0:
        seconds = PAUSE_SECONDS[min(excess_failures, len(PAUSE_SECONDS) - 1)]
        pause = max(timedelta(seconds=seconds), pause)
    return pause or None


def _cap_retry_after(retry_after: timedelta | None) -> timedelta:
    return min(retry_after, MAX_RETRY_AFTER) if retry_after is not None else timedelta()


def _jittered_delay(failure_count: int, jitter: float) -> timedelta:
    seconds = RETRY_DELAYS[min(failure_count, len(RETRY_DELAYS)) - 1]
    return timedelta(seconds=seconds * (1 + JITTER_FRACTION * jitter))
