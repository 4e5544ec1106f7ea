"""Jobs in the database: one row per (vendor, kind, key), leased to one worker at a time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from proctor_results.database.connection import Database
from proctor_results.database.models import Job
from proctor_results.database.statement import Statement
from proctor_results.database.values import load_json
from proctor_results.formats.json_value import Json
from proctor_results.formats.times import from_milliseconds, to_milliseconds

LEASE_DURATION = timedelta(minutes=2)


@dataclass(frozen=True, kw_only=True)
class LeasedJob:
    """A job that this worker may run until `lease_expires_at`."""

    job_id: int
    lease_token: str
    lease_expires_at: datetime
    vendor: str
    kind: str
    key: str
    payload: Mapping[str, Json]
    pending_since: datetime
    failure_count: int


def enqueue(
    database: Database, vendor: str, kind: str, key: str, payload: Mapping[str, Json], now: datetime
) -> None:
    """Add the job, unless it waits for its next attempt already.

    A finished or failed job is run again. So is a job in flight: what the vendor answers now may be
    older than the reason for this call. Its lease is lost, and its result does not finish it.
    """
    row = {
        "vendor": vendor,
        "kind": kind,
        "key": key,
        "payload": payload,
        "detail": "",
        "pending_since": now,
        "next_attempt_at": now,
        "failure_count": 0,
        "lease_token": None,
        "lease_expires_at": None,
        "done_at": None,
    }
    database.change(
        Job.insert(row).on_conflict(
            conflict_target=(Job.vendor, Job.kind, Job.key),
            update={name: row[name] for name in row.keys() - {"vendor", "kind", "key"}},
            where=Job.next_attempt_at.is_null() | Job.lease_token.is_null(False),
        )
    )


def lease_due(database: Database, lease_token: str, limit: int, now: datetime) -> list[LeasedJob]:
    """Lease due jobs, and those whose lease expired, under this token."""
    rows = database.fetch(
        _LEASE_DUE,
        now=to_milliseconds(now),
        until=to_milliseconds(now + LEASE_DURATION),
        lease_token=lease_token,
        limit=limit,
    )
    return [
        LeasedJob(
            job_id=job_id,
            lease_token=lease_token,
            lease_expires_at=now + LEASE_DURATION,
            vendor=vendor,
            kind=kind,
            key=key,
            payload=load_json(payload),
            pending_since=from_milliseconds(pending_since),
            failure_count=failure_count,
        )
        for job_id, vendor, kind, key, payload, pending_since, failure_count in rows
    ]


def finish(database: Database, job: LeasedJob, detail: str, now: datetime) -> bool:
    """Mark the job as done. Return False if the lease was lost: nothing has changed then."""
    done = {"done_at": now, "next_attempt_at": None, "detail": detail}
    return _record(database, job, done)


def postpone(
    database: Database, job: LeasedJob, detail: str, next_attempt_at: datetime | None
) -> bool:
    """Record a failed attempt. Without a next one, an operator must retry the job."""
    failed = {"failure_count": Job.failure_count + 1, "next_attempt_at": next_attempt_at}
    return _record(database, job, {**failed, "detail": detail})


def list_pending(database: Database, limit: int) -> list[Job]:
    """List the jobs that are not done, the oldest first."""
    pending = Job.select().where(Job.done_at.is_null())
    return database.select(pending.order_by(Job.pending_since, Job.id).limit(limit))


def retry_all(database: Database, now: datetime) -> int:
    """Make all jobs due that are not done and not leased; return how many."""
    due = {"next_attempt_at": now, "pending_since": now, "failure_count": 0}
    waiting = Job.done_at.is_null() & Job.lease_token.is_null()
    return database.change(Job.update(due).where(waiting))


def _record(database: Database, job: LeasedJob, values: Mapping[str, Any]) -> bool:
    released = {"lease_token": None, "lease_expires_at": None}
    is_held = (Job.id == job.job_id) & (Job.lease_token == job.lease_token)
    return database.change(Job.update({**values, **released}).where(is_held)) == 1


# As an array the rows are chosen once; in a join PostgreSQL may choose again, and lease too many.
_DUE_IDS = """
SELECT id FROM job
WHERE next_attempt_at <= :now AND (lease_expires_at IS NULL OR lease_expires_at <= :now)
ORDER BY next_attempt_at LIMIT :limit FOR UPDATE SKIP LOCKED
"""
_LEASE = "UPDATE job SET lease_token = :lease_token, lease_expires_at = :until"
_RETURNING = "RETURNING id, vendor, kind, key, payload, pending_since, failure_count"
_LEASE_DUE = Statement(
    f"{_LEASE} WHERE id IN ({_DUE_IDS}) {_RETURNING}",
    postgresql=f"{_LEASE} WHERE id = ANY(ARRAY({_DUE_IDS})) {_RETURNING}",
)
