"""Remembers how each target has been answering, so that a dead one is left alone and nothing for it is lost."""

from dataclasses import dataclass
from datetime import datetime

from proctor_results.domain.schedule import RETRY_AFTER_AT_MOST
from proctor_results.store.columns import milliseconds, moment
from proctor_results.store.ledger import Ledger, Row
from proctor_results.store.statement import Statement


@dataclass(frozen=True, kw_only=True)
class TargetState:
    """`failures` counts those in a row; `stopped` targets said 410 and hear nothing until a person resumes them."""

    failures: int
    paused_until: datetime | None
    stopped: bool
    detail: str


def meet(ledger: Ledger, name: str, address: str) -> bool:
    """Takes note of a target and trusts it; False where it has been met at this address before."""
    return bool(ledger.count(_MEET, name=name, address=address))


def state(ledger: Ledger, name: str) -> TargetState:
    """How the target stands; one never met stands well."""
    rows = ledger.run(_STATE, name=name)
    return _state(rows[0] if rows else (None, None, None, None))


def state_if_due(ledger: Ledger, name: str, now: datetime) -> TargetState | None:
    """How the target stands, None where there is nothing to tell it: asked in one question, many times a second."""
    rows = ledger.run(_STATE_IF_DUE, name=name, now=milliseconds(now))
    return _state(rows[0]) if rows else None


def recovered(ledger: Ledger, name: str) -> bool:
    """Forgets the failures of a target that has answered, and what it said then; whether there were any."""
    return bool(ledger.count(_RECOVERED, name=name))


def failed(ledger: Ledger, name: str, began_at: datetime, now: datetime, detail: str, *, probe: bool) -> int:
    """Counts a failure; how many there have been in a row, or 0 where this one tells nothing new.

    Tries that were in the air together fail together, and count as one: a try counts only if it began after the last
    counted failure. While the target rests only a probe counts: what was in hand by then would add up to a long rest.
    """
    values = {"name": name, "detail": detail, "began_at": milliseconds(began_at), "now": milliseconds(now)}
    counted = ledger.run(_FAILED, **values, probe=probe)
    return int(counted[0][0]) if counted else 0


def pause(ledger: Ledger, name: str, until: datetime) -> None:
    """Leaves the target alone until then, or longer where that was known already."""
    ledger.run(_PAUSE, name=name, until=milliseconds(until))


def bring_forward(ledger: Ledger, name: str, now: datetime) -> None:
    """After the clock was set back, no target rests longer than any may, and the next failure counts."""
    latest = milliseconds(now + RETRY_AFTER_AT_MOST)
    ledger.run(_BRING_FORWARD, name=name, now=milliseconds(now), latest=latest)


def stop(ledger: Ledger, name: str, now: datetime, detail: str) -> None:
    """Leaves the target alone until a person resumes it, or it moves to another address."""
    ledger.run(_STOP, name=name, now=milliseconds(now), detail=detail)


def resume(ledger: Ledger, name: str) -> None:
    """Trusts the target again."""
    ledger.run(_RESUME, name=name)


def _state(row: Row) -> TargetState:
    failures, paused_until, stopped_at, detail = row
    until = moment(paused_until) if paused_until is not None else None
    return TargetState(failures=failures or 0, paused_until=until, stopped=stopped_at is not None, detail=detail or "")


_MEET = Statement("""
INSERT INTO target (name, address) VALUES (:name, :address)
ON CONFLICT (name) DO UPDATE SET address = excluded.address, failures = 0, failed_at = NULL,
  paused_until = NULL, stopped_at = NULL, detail = ''
WHERE target.address <> excluded.address
""")

_STATE = Statement("SELECT failures, paused_until, stopped_at, detail FROM target WHERE name = :name")

_STATE_IF_DUE = Statement("""
SELECT target.failures, target.paused_until, target.stopped_at, target.detail
FROM (SELECT 1 FROM delivery WHERE target = :name AND due_at <= :now LIMIT 1) AS due
LEFT JOIN target ON target.name = :name
""")

_RECOVERED = Statement("""
UPDATE target SET failures = 0, failed_at = NULL, paused_until = NULL, detail = ''
WHERE name = :name AND (failures > 0 OR paused_until IS NOT NULL)
""")

_RESUME = Statement("""
UPDATE target SET failures = 0, failed_at = NULL, paused_until = NULL, stopped_at = NULL, detail = ''
WHERE name = :name
""")

_FAILED = Statement("""
UPDATE target SET failures = failures + 1, failed_at = :now, detail = :detail
WHERE name = :name AND (failed_at IS NULL OR failed_at <= :began_at) AND (paused_until IS NULL OR :probe)
RETURNING failures
""")

_BRING_FORWARD = Statement("""
UPDATE target SET failed_at = CASE WHEN failed_at > :now THEN CAST(:now AS BIGINT) ELSE failed_at END,
  paused_until = CASE WHEN paused_until > :latest OR failed_at > :now THEN CAST(:now AS BIGINT) ELSE paused_until END
WHERE name = :name AND (failed_at > :now OR paused_until > :latest)
""")

_PAUSE = Statement("""
UPDATE target SET paused_until = CAST(:until AS BIGINT)
WHERE name = :name AND (paused_until IS NULL OR paused_until < CAST(:until AS BIGINT))
""")

_STOP = Statement("UPDATE target SET stopped_at = :now, detail = :detail WHERE name = :name")
