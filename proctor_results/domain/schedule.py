"""When an undelivered message is tried again (design, "Delivering")."""

from dataclasses import dataclass
from datetime import datetime, timedelta

_MINUTE, _HOUR = 60, 3600
DELAYS = (5, 30, 2 * _MINUTE, 10 * _MINUTE, 30 * _MINUTE, _HOUR, 2 * _HOUR, 4 * _HOUR, 8 * _HOUR)
"""Seconds after the 1st, 2nd … failed try; the last one repeats."""

GIVE_UP_AFTER = timedelta(hours=72)
REFUSALS_ALLOWED = 3
JITTER = 0.1
RETRY_AFTER_AT_MOST = timedelta(hours=1)

LONGEST_WAIT = timedelta(seconds=DELAYS[-1] * (1 + JITTER))
"""Between two tries of a message."""

PAUSE_AFTER_FAILURES = 5
PAUSES = (10, 30, _MINUTE, 2 * _MINUTE, 5 * _MINUTE)
"""Seconds that a target rests after its 5th, 6th … failure in a row; one delivery then probes it."""


@dataclass(frozen=True, kw_only=True)
class Tries:
    """How often a message was tried in vain, this time included, and since when it has been due."""

    failed: int
    due_since: datetime


def after_unreachable(tries: Tries, now: datetime, jitter: float, retry_after: timedelta | None) -> datetime | None:
    """The next try of a message that did not arrive, or None once 72 hours are over.

    The last try is at 72 hours sharp. `jitter` in [0, 1) only ever adds; what the target asks for by Retry-After is
    followed up to an hour.
    """
    if now - tries.due_since >= GIVE_UP_AFTER:
        return None
    last = tries.due_since + GIVE_UP_AFTER
    return min(last, now + max(_delay(tries.failed, jitter), _bounded(retry_after)))


def after_refusal(tries: Tries, now: datetime, jitter: float) -> datetime | None:
    """The next try of a message that was answered and refused: a few, then a person must look."""
    if tries.failed >= REFUSALS_ALLOWED:
        return None
    return now + _delay(tries.failed, jitter)


def pause(failures: int, retry_after: timedelta | None) -> timedelta | None:
    """How long a target rests after so many failures in a row, or None while it is still worth trying.

    A target that asks for a rest by Retry-After gets it, up to an hour, after its first failure already.
    """
    beyond = failures - PAUSE_AFTER_FAILURES
    if beyond >= 0:
        return max(timedelta(seconds=PAUSES[min(beyond, len(PAUSES) - 1)]), _bounded(retry_after))
    return _bounded(retry_after) or None


def _bounded(retry_after: timedelta | None) -> timedelta:
    return min(retry_after, RETRY_AFTER_AT_MOST) if retry_after is not None else timedelta()


def _delay(failed: int, jitter: float) -> timedelta:
    return timedelta(seconds=DELAYS[min(failed, len(DELAYS)) - 1] * (1 + JITTER * jitter))
