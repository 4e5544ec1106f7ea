"""Counts failed sign-ins, by whatever they have in common: the name tried, the address they come from."""

from datetime import datetime

from proctor_results.domain.operator import FORGIVEN_AFTER, Patience
from proctor_results.store.columns import milliseconds, moment
from proctor_results.store.ledger import Ledger
from proctor_results.store.statement import Statement


def forgive(ledger: Ledger, now: datetime) -> None:
    """Failures long ago are over. Raises LedgerAway."""
    ledger.run(_FORGIVE, before=milliseconds(now - FORGIVEN_AFTER))


def wait_until(ledger: Ledger, who: str, now: datetime) -> datetime | None:
    """Until when they must wait; None where they may try now. Call it in the transaction that counts the try.

    Whoever asks about the same `who` meanwhile waits for its end, so that tries at once are counted one by one.
    """
    ledger.run(_FIRST, who=who, now=milliseconds(now))
    until = moment(ledger.run(_READ, who=who)[0][0])
    return until if until > now else None


def count(ledger: Ledger, who: str, patience: Patience, now: datetime) -> None:
    """Counts a try as failed, before it is known to be: tries at once must not all be free."""
    failures = ledger.run(_COUNT, who=who, now=milliseconds(now))[0][0]
    ledger.run(_WAIT, who=who, until=milliseconds(now + patience.wait(failures)))


def forget(ledger: Ledger, who: str) -> None:
    """The try was right, and the ones before it were slips."""
    ledger.run(_FORGET, who=who)


def take_back(ledger: Ledger, who: str) -> None:
    """The try was right; others before it stay counted: an attacker may have an account of their own."""
    ledger.run(_TAKE_BACK, who=who)


_FORGIVE = Statement("""
DELETE FROM knock WHERE who IN (SELECT who FROM knock WHERE last_at < :before FOR UPDATE SKIP LOCKED)
""")

_FIRST = Statement("""
INSERT INTO knock (who, failures, last_at, wait_until) VALUES (:who, 0, :now, 0) ON CONFLICT (who) DO NOTHING
""")

_READ = Statement("SELECT wait_until FROM knock WHERE who = :who FOR UPDATE")

_COUNT = Statement("UPDATE knock SET failures = failures + 1, last_at = :now WHERE who = :who RETURNING failures")

_WAIT = Statement("UPDATE knock SET wait_until = :until WHERE who = :who")

_FORGET = Statement("DELETE FROM knock WHERE who = :who")

_TAKE_BACK = Statement("UPDATE knock SET failures = failures - 1 WHERE who = :who AND failures > 0")
