"""Who is being listened for, and until when: one narrow row per session that has been heard from."""

from dataclasses import dataclass
from datetime import datetime

from proctor_results.database.connection import Database
from proctor_results.database.statement import Statement
from proctor_results.database.values import from_milliseconds, to_milliseconds
from proctor_results.sessions.enums import Status


@dataclass(frozen=True, kw_only=True)
class HeartbeatUpdate:
    """What a heartbeat met: how far the sitting is, and the open holds as JSON text."""

    status: Status
    holds: str


@dataclass(frozen=True, kw_only=True)
class HeartbeatState:
    """The newest launch heard from, and when. Without a deadline nobody is listened for."""

    launch: int
    deadline: datetime | None
    last_heartbeat_at: datetime
    is_stopped: bool


@dataclass(frozen=True, kw_only=True)
class TimedOutSession:
    """A session of which nothing was heard in time."""

    identifier: str
    launch: int
    last_heartbeat_at: datetime


def extend_deadline(
    database: Database,
    identifier: str,
    launch: int,
    client_count: int,
    deadline: datetime,
    now: datetime,
) -> HeartbeatUpdate | None:
    """Moves the deadline of a session that is being listened for at this launch; None where it is not.

    Never back: of two clocks that differ, or one that was just set back, the later one is right about who is there.
    """
    values = {
        "identifier": identifier,
        "launch": launch,
        "client_count": client_count,
        "now": to_milliseconds(now),
    }
    rows = database.fetch(_EXTEND_DEADLINE, **values, deadline=to_milliseconds(deadline))
    if not rows or rows[0][0] is None:
        return None
    status, _, holds = rows[0][0].partition(" ")
    return HeartbeatUpdate(status=Status(status), holds=holds)


def get(database: Database, identifier: str) -> HeartbeatState | None:
    """How the session is being listened for."""
    rows = database.fetch(_GET, identifier=identifier)
    if not rows:
        return None
    launch, deadline, last_heartbeat_ms, is_stopped = rows[0]
    until = None if deadline is None else from_milliseconds(deadline)
    return HeartbeatState(
        launch=launch,
        deadline=until,
        last_heartbeat_at=from_milliseconds(last_heartbeat_ms),
        is_stopped=bool(is_stopped),
    )


def start_monitoring(
    database: Database,
    identifier: str,
    launch: int,
    client_count: int,
    deadline: datetime | None,
    now: datetime,
) -> bool:
    """Listens from now on for this launch; False where a launch as new was heard from before."""
    values = {
        "identifier": identifier,
        "launch": launch,
        "client_count": client_count,
        "now": to_milliseconds(now),
    }
    return bool(
        database.execute(
            _START_MONITORING,
            **values,
            deadline=None if deadline is None else to_milliseconds(deadline),
        )
    )


def count_heartbeat(database: Database, identifier: str, client_count: int) -> None:
    """Counts a heartbeat that moves nothing."""
    database.fetch(_COUNT_HEARTBEAT, identifier=identifier, client_count=client_count)


def resume_monitoring(
    database: Database, identifier: str, launch: int, deadline: datetime, now: datetime
) -> None:
    """Listens again for a launch that had fallen silent, unless it has said goodbye."""
    values = {"identifier": identifier, "launch": launch, "now": to_milliseconds(now)}
    database.fetch(_RESUME_MONITORING, **values, deadline=to_milliseconds(deadline))


def stop_monitoring(database: Database, identifier: str, launch: int, now: datetime) -> None:
    """The page says that proctoring has ended as it should: nobody is listened for until the next launch."""
    database.fetch(_STOP_MONITORING, identifier=identifier, launch=launch, now=to_milliseconds(now))


def cap_deadlines(database: Database, latest_deadline: datetime) -> None:
    """After the clock was set back, nobody is awaited longer than until then."""
    database.fetch(_CAP_DEADLINES, latest=to_milliseconds(latest_deadline))


def claim_timed_out(database: Database, cutoff: datetime, limit: int) -> list[TimedOutSession]:
    """Takes at most `limit` sessions whose deadline was before that moment, and stops listening for them.

    Call it in the transaction that decides about them: no other worker gets them, and an earlier heartbeat wins.
    """
    rows = database.fetch(_CLAIM_TIMED_OUT, cutoff=to_milliseconds(cutoff), limit=limit)
    return [
        TimedOutSession(
            identifier=row[0], launch=row[1], last_heartbeat_at=from_milliseconds(row[2])
        )
        for row in rows
    ]


def any_timed_out(database: Database, cutoff: datetime) -> bool:
    """Whether there is anything to take; asks without writing."""
    return bool(database.fetch(_ANY_TIMED_OUT, cutoff=to_milliseconds(cutoff)))


# One text for both, because each question of its own would look for the session anew.
_EXTEND_DEADLINE = Statement("""
UPDATE heartbeat_state SET deadline = CASE WHEN deadline < :deadline THEN :deadline ELSE deadline END,
  last_heartbeat_at = CASE WHEN last_heartbeat_at < :now THEN :now ELSE last_heartbeat_at END, heartbeat_count = heartbeat_count + 1,
  client_count = CASE WHEN client_count < :client_count THEN :client_count ELSE client_count END
WHERE identifier = :identifier AND launch = :launch AND deadline IS NOT NULL
RETURNING (SELECT status || ' ' || holds FROM session WHERE session.identifier = heartbeat_state.identifier)
""")

_GET = Statement(
    "SELECT launch, deadline, last_heartbeat_at, stopped FROM heartbeat_state WHERE identifier = :identifier"
)

_START_MONITORING = Statement("""
INSERT INTO heartbeat_state (identifier, launch, deadline, last_heartbeat_at, heartbeat_count, client_count, stopped)
VALUES (:identifier, :launch, :deadline, :now, 1, :client_count, FALSE)
ON CONFLICT (identifier) DO UPDATE SET launch = excluded.launch, deadline = excluded.deadline,
  last_heartbeat_at = excluded.last_heartbeat_at, heartbeat_count = heartbeat_state.heartbeat_count + 1, client_count = excluded.client_count, stopped = FALSE
WHERE heartbeat_state.launch < excluded.launch
""")

_COUNT_HEARTBEAT = Statement("""
UPDATE heartbeat_state SET heartbeat_count = heartbeat_count + 1, client_count = CASE WHEN client_count < :client_count THEN :client_count ELSE client_count END
WHERE identifier = :identifier
""")

_RESUME_MONITORING = Statement("""
UPDATE heartbeat_state SET deadline = :deadline, last_heartbeat_at = :now
WHERE identifier = :identifier AND launch = :launch AND deadline IS NULL AND NOT stopped
""")

_STOP_MONITORING = Statement("""
UPDATE heartbeat_state SET deadline = NULL, stopped = TRUE, last_heartbeat_at = :now, heartbeat_count = heartbeat_count + 1
WHERE identifier = :identifier AND launch = :launch
""")

_CAP_DEADLINES = Statement("UPDATE heartbeat_state SET deadline = :latest WHERE deadline > :latest")

_ANY_TIMED_OUT = Statement("SELECT 1 FROM heartbeat_state WHERE deadline < :cutoff LIMIT 1")

_CLAIM_TIMED_OUT = Statement("""
UPDATE heartbeat_state SET deadline = NULL
WHERE identifier IN (
  SELECT identifier FROM heartbeat_state WHERE deadline < :cutoff ORDER BY deadline LIMIT :limit FOR UPDATE SKIP LOCKED
)
RETURNING identifier, launch, last_heartbeat_at
""")
