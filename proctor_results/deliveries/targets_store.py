"""Remembers how each target has been answering, so that a dead one is left alone and nothing for it is lost."""

from dataclasses import dataclass
from datetime import datetime

from proctor_results.database.connection import Database, Row
from proctor_results.database.statement import Statement
from proctor_results.database.values import from_milliseconds, to_milliseconds
from proctor_results.deliveries.retry_schedule import MAX_RETRY_AFTER


@dataclass(frozen=True, kw_only=True)
class TargetState:
    """`failures` counts those in a row; `stopped` targets said 410 and hear nothing until a person resumes them."""

    failure_count: int
    paused_until: datetime | None
    is_disabled: bool
    detail: str


def register(database: Database, name: str, url: str) -> bool:
    """Takes note of a target and trusts it; False where it has been met at this address before."""
    return bool(database.execute(_REGISTER, name=name, url=url))


def get_state(database: Database, name: str) -> TargetState:
    """How the target stands; one never met stands well."""
    rows = database.fetch(_GET_STATE, name=name)
    return _state_from_row(rows[0] if rows else (None, None, None, None))


def get_state_if_due(database: Database, name: str, now: datetime) -> TargetState | None:
    """How the target stands, None where there is nothing to tell it: asked in one question, many times a second."""
    rows = database.fetch(_GET_STATE_IF_DUE, name=name, now=to_milliseconds(now))
    return _state_from_row(rows[0]) if rows else None


def reset_failures(database: Database, name: str) -> bool:
    """Forgets the failures of a target that has answered, and what it said then; whether there were any."""
    return bool(database.execute(_RESET_FAILURES, name=name))


def record_failure(
    database: Database,
    name: str,
    started_at: datetime,
    now: datetime,
    detail: str,
    *,
    is_probe: bool,
) -> int:
    """Counts a failure; how many there have been in a row, or 0 where this one tells nothing new.

    Tries that were in the air together fail together, and count as one: a try counts only if it began after the last
    counted failure. While the target rests only a probe counts: what was in hand by then would add up to a long rest.
    """
    values = {
        "name": name,
        "detail": detail,
        "started_at": to_milliseconds(started_at),
        "now": to_milliseconds(now),
    }
    rows = database.fetch(_RECORD_FAILURE, **values, is_probe=is_probe)
    return int(rows[0][0]) if rows else 0


def pause(database: Database, name: str, until: datetime) -> None:
    """Leaves the target alone until then, or longer where that was known already."""
    database.fetch(_PAUSE, name=name, until=to_milliseconds(until))


def cap_pauses(database: Database, name: str, now: datetime) -> None:
    """After the clock was set back, no target rests longer than any may, and the next failure counts."""
    latest_pause_end = to_milliseconds(now + MAX_RETRY_AFTER)
    database.fetch(_CAP_PAUSES, name=name, now=to_milliseconds(now), latest=latest_pause_end)


def disable(database: Database, name: str, now: datetime, detail: str) -> None:
    """Leaves the target alone until a person resumes it, or it moves to another address."""
    database.fetch(_DISABLE, name=name, now=to_milliseconds(now), detail=detail)


def enable(database: Database, name: str) -> None:
    """Trusts the target again."""
    database.fetch(_ENABLE, name=name)


def _state_from_row(row: Row) -> TargetState:
    failures, paused_until, disabled_at, detail = row
    pause_end = from_milliseconds(paused_until) if paused_until is not None else None
    return TargetState(
        failure_count=failures or 0,
        paused_until=pause_end,
        is_disabled=disabled_at is not None,
        detail=detail or "",
    )


_REGISTER = Statement("""
INSERT INTO target (name, url) VALUES (:name, :url)
ON CONFLICT (name) DO UPDATE SET url = excluded.url, failure_count = 0, last_failure_at = NULL,
  paused_until = NULL, disabled_at = NULL, detail = ''
WHERE target.url <> excluded.url
""")

_GET_STATE = Statement(
    "SELECT failure_count, paused_until, disabled_at, detail FROM target WHERE name = :name"
)

_GET_STATE_IF_DUE = Statement("""
SELECT target.failure_count, target.paused_until, target.disabled_at, target.detail
FROM (SELECT 1 FROM delivery WHERE target = :name AND next_attempt_at <= :now LIMIT 1) AS due
LEFT JOIN target ON target.name = :name
""")

_RESET_FAILURES = Statement("""
UPDATE target SET failure_count = 0, last_failure_at = NULL, paused_until = NULL, detail = ''
WHERE name = :name AND (failure_count > 0 OR paused_until IS NOT NULL)
""")

_ENABLE = Statement("""
UPDATE target SET failure_count = 0, last_failure_at = NULL, paused_until = NULL, disabled_at = NULL, detail = ''
WHERE name = :name
""")

_RECORD_FAILURE = Statement("""
UPDATE target SET failure_count = failure_count + 1, last_failure_at = :now, detail = :detail
WHERE name = :name AND (last_failure_at IS NULL OR last_failure_at <= :started_at) AND (paused_until IS NULL OR :is_probe)
RETURNING failure_count
""")

_CAP_PAUSES = Statement("""
UPDATE target SET last_failure_at = CASE WHEN last_failure_at > :now THEN CAST(:now AS BIGINT) ELSE last_failure_at END,
  paused_until = CASE WHEN paused_until > :latest OR last_failure_at > :now THEN CAST(:now AS BIGINT) ELSE paused_until END
WHERE name = :name AND (last_failure_at > :now OR paused_until > :latest)
""")

_PAUSE = Statement("""
UPDATE target SET paused_until = CAST(:until AS BIGINT)
WHERE name = :name AND (paused_until IS NULL OR paused_until < CAST(:until AS BIGINT))
""")

_DISABLE = Statement("UPDATE target SET disabled_at = :now, detail = :detail WHERE name = :name")
