"""Notes that workers are alive."""

from datetime import datetime, timedelta

from proctor_results.store.columns import milliseconds, moment
from proctor_results.store.ledger import Ledger
from proctor_results.store.statement import Statement

FORGET_AFTER = timedelta(days=1)
SET_BACK_BY = timedelta(minutes=1)
"""Whoever was seen so far ahead has died before the clock was set back; if not, it will be seen again."""


def seen(ledger: Ledger, name: str, now: datetime) -> None:
    """The worker is alive; forgotten are those not seen for a day, and those last seen at an hour yet to come."""
    ledger.run(_SEEN, name=name, now=milliseconds(now))
    ledger.run(_FORGET, before=milliseconds(now - FORGET_AFTER), after=milliseconds(now + SET_BACK_BY))


def last_seen(ledger: Ledger) -> datetime | None:
    """When any worker was last alive."""
    latest = ledger.run(_LAST_SEEN)[0][0]
    return moment(latest) if latest is not None else None


def gone(ledger: Ledger, name: str) -> None:
    """The worker has ended as it should."""
    ledger.run(_GONE, name=name)


_SEEN = Statement("""
INSERT INTO worker (name, started_at, seen_at) VALUES (:name, :now, :now)
ON CONFLICT (name) DO UPDATE SET seen_at = excluded.seen_at
""")

_FORGET = Statement("DELETE FROM worker WHERE seen_at < :before OR seen_at > :after")

_LAST_SEEN = Statement("SELECT MAX(seen_at) FROM worker")

_GONE = Statement("DELETE FROM worker WHERE name = :name")
