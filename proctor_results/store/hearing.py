"""Notes that a front door is open, and that something was heard there."""

from datetime import datetime

from proctor_results.domain.rhythm import DEAF_AFTER, Hearing, Rhythm
from proctor_results.store.columns import milliseconds, moment
from proctor_results.store.ledger import Ledger
from proctor_results.store.statement import Statement


def note(ledger: Ledger, heard_at: datetime | None, rhythm: Rhythm, now: datetime, *, missed: bool) -> None:
    """A front door is open; `heard_at` is when a heartbeat last came to it, `missed` whether one could not be kept.

    After a time in which no door was open, or nothing was heard from anybody, hearing begins anew, and so it does after
    a miss. And when the clock is set back: what was noted is then ahead of it, and says nothing.
    """
    ledger.run(
        _NOTE,
        now=milliseconds(now),
        missed=missed,
        heard_at=None if heard_at is None or heard_at > now else milliseconds(heard_at),
        broken_before=milliseconds(now - rhythm.break_after),
        ahead_after=milliseconds(now + DEAF_AFTER),
        quiet=2 * rhythm.every // _MILLISECOND,
    )


def bring_forward(ledger: Ledger, now: datetime) -> None:
    """After the clock was set back, hearing begins anew, whether a door has said so yet or not."""
    ledger.run(_BEGIN_ANEW, now=milliseconds(now), ahead_after=milliseconds(now + DEAF_AFTER))


def state(ledger: Ledger) -> Hearing:
    """How well we hear."""
    since, seen_at, heard_at = ledger.run(_STATE)[0]
    heard = None if heard_at is None else moment(heard_at)
    return Hearing(since=moment(since), seen_at=moment(seen_at), heard_at=heard)


_MILLISECOND = moment(1) - moment(0)

_NOTE = Statement("""
UPDATE hearing SET
  since = CASE
    WHEN CAST(:missed AS BOOLEAN) OR seen_at < :broken_before OR seen_at > :ahead_after THEN :now
    WHEN CAST(:heard_at AS BIGINT) - COALESCE(heard_at, 0) > :quiet THEN :now
    ELSE since
  END,
  seen_at = CASE WHEN seen_at < :now OR seen_at > :ahead_after THEN :now ELSE seen_at END,
  heard_at = CASE
    WHEN seen_at > :ahead_after THEN CAST(:heard_at AS BIGINT)
    WHEN CAST(:heard_at AS BIGINT) IS NULL OR CAST(:heard_at AS BIGINT) < heard_at THEN heard_at
    ELSE CAST(:heard_at AS BIGINT)
  END
""")

_BEGIN_ANEW = Statement("UPDATE hearing SET since = :now, seen_at = :now, heard_at = NULL WHERE seen_at > :ahead_after")

_STATE = Statement("SELECT since, seen_at, heard_at FROM hearing")
