"""How each target has answered lately: failures in a row, pauses, and 410."""

from collections.abc import Mapping
from datetime import datetime

from peewee import EXCLUDED

from proctor_results.database.connection import Database
from proctor_results.database.models import Target
from proctor_results.database.statement import Statement
from proctor_results.deliveries.model import TargetState
from proctor_results.deliveries.retry_schedule import MAX_RETRY_AFTER
from proctor_results.formats.times import from_milliseconds, to_milliseconds

_RESET = {"failure_count": 0, "last_failure_at": None, "paused_until": None, "detail": ""}
_ENABLED = {**_RESET, "disabled_at": None}


def register(database: Database, name: str, url: str) -> bool:
    """Store a target as enabled; return False if it is known at this address already."""
    return bool(
        database.change(
            Target.insert(name=name, url=url, failure_count=0, detail="").on_conflict(
                conflict_target=[Target.name],
                update={"url": EXCLUDED.url, **_ENABLED},
                where=Target.url != EXCLUDED.url,
            )
        )
    )


def get_state(database: Database, name: str) -> TargetState:
    """Return the state of a target; one that is not stored yet has no failures."""
    columns = (Target.failure_count, Target.paused_until, Target.disabled_at, Target.detail)
    rows = database.select(Target.select(*columns).where(Target.name == name).dicts())
    return TargetState(**rows[0]) if rows else TargetState()


def get_state_if_due(database: Database, name: str, now: datetime) -> TargetState | None:
    """Return the state of a target, None if no delivery is due; asked many times a second."""
    rows = database.fetch(_GET_STATE_IF_DUE, name=name, now=to_milliseconds(now))
    if not rows:
        return None
    failure_count, paused_until, disabled_at, detail = rows[0]
    return TargetState(
        failure_count=failure_count or 0,
        paused_until=None if paused_until is None else from_milliseconds(paused_until),
        disabled_at=None if disabled_at is None else from_milliseconds(disabled_at),
        detail=detail or "",
    )


def reset_failures(database: Database, name: str) -> bool:
    """Forget the failures of a target that has answered; return whether there were any."""
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
    """Count a failure; return how many there are in a row, or 0 if this one is not counted.

    Calls in flight together fail together, so an attempt counts only if it began after the last
    counted failure. While the target is paused only a probe counts: calls that were in flight
    when the pause began would otherwise lengthen it.
    """
    is_new = Target.last_failure_at.is_null() | (Target.last_failure_at <= started_at)
    condition = (Target.name == name) & is_new
    if not is_probe:
        condition &= Target.paused_until.is_null()
    columns = {"failure_count": Target.failure_count + 1, "last_failure_at": now, "detail": detail}
    rows = database.select(
        Target.update(columns).where(condition).returning(Target.failure_count).tuples()
    )
    return int(rows[0][0]) if rows else 0


def pause(database: Database, name: str, until: datetime) -> None:
    """Pause the target until then; a longer pause stays."""
    is_shorter = Target.paused_until.is_null() | (Target.paused_until < until)
    _update(database, name, {"paused_until": until}, is_shorter)


def cap_pauses(database: Database, name: str, now: datetime) -> None:
    """After the clock was set back, shorten pauses to the longest allowed, and count failures."""
    is_ahead = Target.last_failure_at > now
    is_too_long = Target.paused_until > now + MAX_RETRY_AFTER
    _update(database, name, {"paused_until": now}, is_ahead | is_too_long)
    _update(database, name, {"last_failure_at": now}, is_ahead)


def disable(database: Database, name: str, now: datetime, detail: str) -> None:
    """Stop sending to the target until an operator enables it or its address changes."""
    _update(database, name, {"disabled_at": now, "detail": detail})


def enable(database: Database, name: str) -> None:
    """Forget failures, pause and 410."""
    _update(database, name, _ENABLED)


def _update(
    database: Database, name: str, columns: Mapping[str, object], *conditions: object
) -> None:
    database.change(Target.update(columns).where(Target.name == name, *conditions))


_GET_STATE_IF_DUE = Statement("""
SELECT target.failure_count, target.paused_until, target.disabled_at, target.detail
FROM (SELECT 1 FROM delivery WHERE target = :name AND next_attempt_at <= :now
  AND (lease_expires_at IS NULL OR lease_expires_at <= :now) LIMIT 1) AS due
LEFT JOIN target ON target.name = :name
""")

_RESET_FAILURES = Statement("""
UPDATE target SET failure_count = 0, last_failure_at = NULL, paused_until = NULL, detail = ''
WHERE name = :name AND (failure_count > 0 OR paused_until IS NOT NULL)
""")
