"""Counts and names who is being listened for and what waits, for a board that asks every few seconds.

Every question walks an index of what is so just now; nothing is counted beyond `MOST`, so that a day on which all
goes wrong costs no more than any other.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from proctor_results.domain.words import HoldKind
from proctor_results.store.columns import milliseconds, moment
from proctor_results.store.ledger import Ledger
from proctor_results.store.statement import Statement

MOST = 20_000


@dataclass(frozen=True, kw_only=True)
class Quiet:
    """A learner whose page has missed its beats, and whose exam will be locked at the deadline."""

    identifier: str
    student: str | None
    exam: str | None
    heard_at: datetime
    deadline: datetime


def live(ledger: Ledger, deadline_after: datetime) -> int:
    """How many have a deadline so late, and so were heard from lately. Raises LedgerAway."""
    return _number(ledger, _LIVE, deadline=milliseconds(deadline_after))


def quiet(ledger: Ledger, deadline_by: datetime) -> int:
    """How many have a deadline so early, and so have missed beats. Raises LedgerAway."""
    return _number(ledger, _QUIET, deadline=milliseconds(deadline_by))


def quietest(ledger: Ledger, deadline_by: datetime, limit: int) -> list[Quiet]:
    """Those of them who are locked first. Raises LedgerAway."""
    rows = ledger.run(_QUIETEST, deadline=milliseconds(deadline_by), limit=limit)
    return [
        Quiet(
            identifier=identifier,
            student=student,
            exam=exam,
            heard_at=moment(heard_at),
            deadline=moment(deadline),
        )
        for identifier, student, exam, heard_at, deadline in rows
    ]


def locked(ledger: Ledger) -> tuple[int, Mapping[HoldKind, int]]:
    """How many of the newest sessions are locked, and how many holds of each kind they have. Raises LedgerAway."""
    rows = ledger.run(_LOCKED, most=MOST)
    kinds = Counter[HoldKind]()
    for held, sessions in rows:
        kinds.update({HoldKind(kind): sessions for kind in held.split(",")})
    return sum(sessions for _, sessions in rows), kinds


def undelivered(ledger: Ledger) -> int:
    """How many deliveries wait, or were given up. Raises LedgerAway."""
    return _number(ledger, _UNDELIVERED)


def given_up(ledger: Ledger) -> int:
    """How many of them wait for a person. Raises LedgerAway."""
    return _number(ledger, _GIVEN_UP)


def _number(ledger: Ledger, statement: Statement, **values: object) -> int:
    number: int = ledger.run(statement, **values, most=MOST)[0][0]
    return number


_LIVE = Statement("""
SELECT COUNT(*) FROM (SELECT 1 FROM watch WHERE deadline > :deadline LIMIT :most) AS counted
""")

_QUIET = Statement("""
SELECT COUNT(*) FROM (SELECT 1 FROM watch WHERE deadline <= :deadline LIMIT :most) AS counted
""")

_QUIETEST = Statement("""
SELECT watch.identifier, session.student, session.exam, watch.heard_at, watch.deadline
FROM watch JOIN session ON session.identifier = watch.identifier
WHERE watch.deadline <= :deadline ORDER BY watch.deadline LIMIT :limit
""")

# In the order of the index of those that are held, or PostgreSQL might walk all sessions to find them.
_LOCKED = Statement("""
SELECT held, COUNT(*)
FROM (SELECT held FROM session WHERE held <> '' ORDER BY id DESC, held DESC LIMIT :most) AS newest
GROUP BY held
""")

_UNDELIVERED = Statement("""
SELECT COUNT(*)
FROM (SELECT 1 FROM delivery WHERE delivered IS NULL OR delivered < wanted LIMIT :most) AS counted
""")

# In the order of its own index, or SQLite would take that of all undelivered ones.
_GIVEN_UP = Statement("""
SELECT COUNT(*) FROM (
  SELECT 1 FROM delivery WHERE due_at IS NULL AND (delivered IS NULL OR delivered < wanted)
  ORDER BY target LIMIT :most
) AS counted
""")
