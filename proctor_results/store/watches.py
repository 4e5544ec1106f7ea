"""Who is being listened for, and until when: one narrow row per session that has been heard from."""

from dataclasses import dataclass
from datetime import datetime

from proctor_results.domain.words import Status
from proctor_results.store.columns import milliseconds, moment
from proctor_results.store.ledger import Ledger
from proctor_results.store.statement import Statement


@dataclass(frozen=True, kw_only=True)
class Beaten:
    """What a heartbeat met: how far the sitting is, and the open holds as JSON text."""

    status: Status
    holds: str


@dataclass(frozen=True, kw_only=True)
class Watch:
    """The newest launch heard from, and when. Without a deadline nobody is listened for."""

    launch: int
    deadline: datetime | None
    heard_at: datetime
    stopped: bool


@dataclass(frozen=True, kw_only=True)
class Overdue:
    """A session of which nothing was heard in time."""

    identifier: str
    launch: int
    heard_at: datetime


def beat(ledger: Ledger, identifier: str, launch: int, count: int, deadline: datetime, now: datetime) -> Beaten | None:
    """Moves the deadline of a session that is being listened for at this launch; None where it is not.

    Never back: of two clocks that differ, or one that was just set back, the later one is right about who is there.
    """
    values = {"identifier": identifier, "launch": launch, "count": count, "now": milliseconds(now)}
    rows = ledger.run(_BEAT, **values, deadline=milliseconds(deadline))
    if not rows or rows[0][0] is None:
        return None
    status, _, holds = rows[0][0].partition(" ")
    return Beaten(status=Status(status), holds=holds)


def find(ledger: Ledger, identifier: str) -> Watch | None:
    """How the session is being listened for."""
    rows = ledger.run(_FIND, identifier=identifier)
    if not rows:
        return None
    launch, deadline, heard_at, stopped = rows[0]
    until = None if deadline is None else moment(deadline)
    return Watch(launch=launch, deadline=until, heard_at=moment(heard_at), stopped=bool(stopped))


def begin(ledger: Ledger, identifier: str, launch: int, count: int, deadline: datetime | None, now: datetime) -> bool:
    """Listens from now on for this launch; False where a launch as new was heard from before."""
    values = {"identifier": identifier, "launch": launch, "count": count, "now": milliseconds(now)}
    return bool(ledger.count(_BEGIN, **values, deadline=None if deadline is None else milliseconds(deadline)))


def count(ledger: Ledger, identifier: str, alive_count: int) -> None:
    """Counts a heartbeat that moves nothing."""
    ledger.run(_COUNT, identifier=identifier, count=alive_count)


def resume(ledger: Ledger, identifier: str, launch: int, deadline: datetime, now: datetime) -> None:
    """Listens again for a launch that had fallen silent, unless it has said goodbye."""
    values = {"identifier": identifier, "launch": launch, "now": milliseconds(now)}
    ledger.run(_RESUME, **values, deadline=milliseconds(deadline))


def stop(ledger: Ledger, identifier: str, launch: int, now: datetime) -> None:
    """The page says that proctoring has ended as it should: nobody is listened for until the next launch."""
    ledger.run(_STOP, identifier=identifier, launch=launch, now=milliseconds(now))


def bring_forward(ledger: Ledger, latest: datetime) -> None:
    """After the clock was set back, nobody is awaited longer than until then."""
    ledger.run(_BRING_FORWARD, latest=milliseconds(latest))


def take_overdue(ledger: Ledger, by: datetime, limit: int) -> list[Overdue]:
    """Takes at most `limit` sessions whose deadline was before that moment, and stops listening for them.

    Call it in the transaction that decides about them: no other worker gets them, and an earlier heartbeat wins.
    """
    rows = ledger.run(_TAKE, by=milliseconds(by), limit=limit)
    return [Overdue(identifier=row[0], launch=row[1], heard_at=moment(row[2])) for row in rows]


def is_overdue(ledger: Ledger, by: datetime) -> bool:
    """Whether there is anything to take; asks without writing."""
    return bool(ledger.run(_IS_OVERDUE, by=milliseconds(by)))


# One text for both, because each question of its own would look for the session anew.
_BEAT = Statement("""
UPDATE watch SET deadline = CASE WHEN deadline < :deadline THEN :deadline ELSE deadline END,
  heard_at = CASE WHEN heard_at < :now THEN :now ELSE heard_at END, beats = beats + 1,
  alive_count = CASE WHEN alive_count < :count THEN :count ELSE alive_count END
WHERE identifier = :identifier AND launch = :launch AND deadline IS NOT NULL
RETURNING (SELECT status || ' ' || holds FROM session WHERE session.identifier = watch.identifier)
""")

_FIND = Statement("SELECT launch, deadline, heard_at, stopped FROM watch WHERE identifier = :identifier")

_BEGIN = Statement("""
INSERT INTO watch (identifier, launch, deadline, heard_at, beats, alive_count, stopped)
VALUES (:identifier, :launch, :deadline, :now, 1, :count, FALSE)
ON CONFLICT (identifier) DO UPDATE SET launch = excluded.launch, deadline = excluded.deadline,
  heard_at = excluded.heard_at, beats = watch.beats + 1, alive_count = excluded.alive_count, stopped = FALSE
WHERE watch.launch < excluded.launch
""")

_COUNT = Statement("""
UPDATE watch SET beats = beats + 1, alive_count = CASE WHEN alive_count < :count THEN :count ELSE alive_count END
WHERE identifier = :identifier
""")

_RESUME = Statement("""
UPDATE watch SET deadline = :deadline, heard_at = :now
WHERE identifier = :identifier AND launch = :launch AND deadline IS NULL AND NOT stopped
""")

_STOP = Statement("""
UPDATE watch SET deadline = NULL, stopped = TRUE, heard_at = :now, beats = beats + 1
WHERE identifier = :identifier AND launch = :launch
""")

_BRING_FORWARD = Statement("UPDATE watch SET deadline = :latest WHERE deadline > :latest")

_IS_OVERDUE = Statement("SELECT 1 FROM watch WHERE deadline < :by LIMIT 1")

_TAKE = Statement("""
UPDATE watch SET deadline = NULL
WHERE identifier IN (
  SELECT identifier FROM watch WHERE deadline < :by ORDER BY deadline LIMIT :limit FOR UPDATE SKIP LOCKED
)
RETURNING identifier, launch, heard_at
""")
