"""Heartbeat state per session: current launch, deadline, last heartbeat."""

from dataclasses import dataclass
from datetime import datetime

import peewee

from proctor_results.database import models
from proctor_results.database.connection import Database
from proctor_results.database.statement import Statement
from proctor_results.formats.times import from_milliseconds, to_milliseconds


@dataclass(frozen=True, kw_only=True)
class HeartbeatState:
    """The newest launch that sent a heartbeat. Without a deadline it is not monitored."""

    launch: int
    deadline: datetime | None
    last_heartbeat_at: datetime
    is_stopped: bool


@dataclass(frozen=True, kw_only=True)
class TimedOutSession:
    """A session that sent no heartbeat in time."""

    identifier: str
    launch: int
    last_heartbeat_at: datetime


def get(database: Database, identifier: str) -> HeartbeatState | None:
    """Return the heartbeat state of the session, or None before its first heartbeat."""
    rows = database.select(_STATE.select().where(_STATE.identifier == identifier))
    return next(
        (
            HeartbeatState(
                launch=row.launch,
                deadline=row.deadline,
                last_heartbeat_at=row.last_heartbeat_at,
                is_stopped=row.stopped,
            )
            for row in rows
        ),
        None,
    )


def start_monitoring(
    database: Database,
    identifier: str,
    launch: int,
    client_count: int,
    deadline: datetime | None,
    now: datetime,
) -> bool:
    """Monitor this launch from now on; False where the launch, or a newer one, sent one before."""
    values = {
        "identifier": identifier,
        "launch": launch,
        "client_count": client_count,
        "now": to_milliseconds(now),
        "deadline": None if deadline is None else to_milliseconds(deadline),
    }
    return bool(database.execute(_START_MONITORING, **values))


def count_heartbeat(database: Database, identifier: str, client_count: int) -> None:
    """Count a heartbeat that moves no deadline."""
    highest = peewee.Case(
        None, [(_STATE.client_count < client_count, client_count)], _STATE.client_count
    )
    counted = _STATE.update(heartbeat_count=_STATE.heartbeat_count + 1, client_count=highest)
    database.change(counted.where(_STATE.identifier == identifier))


def resume_monitoring(
    database: Database, identifier: str, launch: int, deadline: datetime, now: datetime
) -> None:
    """Monitor a launch again that had timed out, unless its page has reported the end."""
    resumed = _STATE.update(deadline=deadline, last_heartbeat_at=now)
    is_paused = _STATE.deadline.is_null() & ~_STATE.stopped
    database.change(resumed.where(_is_launch(identifier, launch) & is_paused))


def stop_monitoring(database: Database, identifier: str, launch: int, now: datetime) -> None:
    """Stop monitoring until the next launch: the page has reported the end of proctoring."""
    stopped = _STATE.update(
        deadline=None,
        stopped=True,
        last_heartbeat_at=now,
        heartbeat_count=_STATE.heartbeat_count + 1,
    )
    database.change(stopped.where(_is_launch(identifier, launch)))


def cap_deadlines(database: Database, latest_deadline: datetime) -> None:
    """After the clock was set back, let no deadline lie further ahead than this."""
    capped = _STATE.update(deadline=latest_deadline)
    database.change(capped.where(_STATE.deadline > latest_deadline))


def claim_timed_out(database: Database, cutoff: datetime, limit: int) -> list[TimedOutSession]:
    """Claim at most `limit` sessions with an earlier deadline, and stop monitoring them.

    Call it in the transaction that locks them: no other worker gets them, and a heartbeat that came
    before wins.
    """
    rows = database.fetch(_CLAIM_TIMED_OUT, cutoff=to_milliseconds(cutoff), limit=limit)
    return [
        TimedOutSession(
            identifier=identifier,
            launch=launch,
            last_heartbeat_at=from_milliseconds(last_heartbeat_at),
        )
        for identifier, launch, last_heartbeat_at in rows
    ]


def any_timed_out(database: Database, cutoff: datetime) -> bool:
    """Whether a deadline has passed; reads only."""
    query = _STATE.select(_STATE.launch).where(_STATE.deadline < cutoff).limit(1)
    return bool(database.select(query.tuples()))


def _is_launch(identifier: str, launch: int) -> peewee.Expression:
    return (_STATE.identifier == identifier) & (_STATE.launch == launch)


_STATE = models.HeartbeatState

# A deadline never moves back: of two clocks that differ, or one that was set back, the later one
# is right. One text for both values: a sub-select for each would look for the session twice.
EXTEND_DEADLINE = Statement("""
UPDATE heartbeat_state SET
  deadline = CASE WHEN deadline < :deadline THEN :deadline ELSE deadline END,
  last_heartbeat_at = CASE WHEN last_heartbeat_at < :now THEN :now ELSE last_heartbeat_at END,
  heartbeat_count = heartbeat_count + 1,
  client_count = CASE WHEN client_count < :client_count THEN :client_count ELSE client_count END
WHERE identifier = :identifier AND launch = :launch AND deadline IS NOT NULL
RETURNING (
  SELECT status || ' ' || holds FROM session WHERE session.identifier = heartbeat_state.identifier
)
""")

_START_MONITORING = Statement("""
INSERT INTO heartbeat_state (identifier, launch, deadline, last_heartbeat_at, heartbeat_count,
  client_count, stopped)
VALUES (:identifier, :launch, :deadline, :now, 1, :client_count, FALSE)
ON CONFLICT (identifier) DO UPDATE SET launch = excluded.launch, deadline = excluded.deadline,
  last_heartbeat_at = excluded.last_heartbeat_at,
  heartbeat_count = heartbeat_state.heartbeat_count + 1, client_count = excluded.client_count,
  stopped = FALSE
WHERE heartbeat_state.launch < excluded.launch
""")

_CLAIM_TIMED_OUT = Statement("""
UPDATE heartbeat_state SET deadline = NULL
WHERE identifier IN (
  SELECT identifier FROM heartbeat_state
  WHERE deadline < :cutoff ORDER BY deadline LIMIT :limit FOR UPDATE SKIP LOCKED
)
RETURNING identifier, launch, last_heartbeat_at
""")
