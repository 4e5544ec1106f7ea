"""Runs due jobs: leases them, calls the vendor outside any transaction, records the results."""

import secrets
from collections.abc import Callable
from datetime import datetime

import structlog

from proctor_results.deliveries.retry_schedule import next_retry, next_retry_after_refusal
from proctor_results.dependencies import Dependencies
from proctor_results.jobs import store as job_store
from proctor_results.jobs.store import LeasedJob
from proctor_results.vendors.outbound import (
    Done,
    Fetched,
    JobResult,
    NotReady,
    Rejected,
    VendorUnreachable,
)

FETCH = "fetch"
RecordFetched = Callable[[LeasedJob, Fetched, datetime], None]

log = structlog.get_logger()


def enqueue_fetch(deps: Dependencies, vendor: str, key: str, now: datetime) -> None:
    """Ask for what the vendor has; `key` is its reference or our identifier.

    Call it in the transaction of the receipt that makes it necessary.
    """
    job_store.enqueue(deps.database, vendor, FETCH, key, {}, now)


def claim_jobs(deps: Dependencies, limit: int, now: datetime) -> list[LeasedJob]:
    """Lease at most `limit` due jobs. Raises DatabaseUnavailable."""
    token = secrets.token_hex(16)
    return deps.database.run_write(lambda: job_store.lease_due(deps.database, token, limit, now))


def run_job(deps: Dependencies, job: LeasedJob, now: datetime) -> JobResult:
    """Call the vendor. This may take long, and happens in no transaction."""
    vendor = deps.vendors.get(job.vendor)
    if vendor and job.kind == FETCH and vendor.fetcher:
        return vendor.fetcher.fetch(job.key, now)
    runner = vendor.job_kinds.get(job.kind) if vendor else None
    if runner is None:
        return Rejected(detail=f"{job.vendor} has no jobs of the kind {job.kind}")
    return runner(job.payload, now)


def record_job_result(
    deps: Dependencies,
    job: LeasedJob,
    result: JobResult,
    now: datetime,
    jitter: float,
    record_fetched: RecordFetched,
) -> bool:
    """Record what became of the job. Return False if its lease was lost: nothing changed then.

    What was fetched is recorded first: a worker that dies in between fetches again, and the same
    content is a duplicate then.
    """
    if isinstance(result, Fetched):
        record_fetched(job, result, now)
    next_attempt_at = _next_attempt_at(job, result, now, jitter)
    if isinstance(result, Done | Fetched):
        detail = result.detail if isinstance(result, Done) else ""
        is_recorded = job_store.finish(deps.database, job, detail, now)
    else:
        is_recorded = job_store.postpone(deps.database, job, result.detail, next_attempt_at)
    log.info("job.attempt", vendor=job.vendor, kind=job.kind, result=type(result).__name__.lower())
    return is_recorded


def _next_attempt_at(
    job: LeasedJob, result: JobResult, now: datetime, jitter: float
) -> datetime | None:
    failure_count = job.failure_count + 1
    if isinstance(result, NotReady | VendorUnreachable):
        return next_retry(failure_count, job.pending_since, now, jitter, result.retry_after)
    if isinstance(result, Rejected):
        return next_retry_after_refusal(failure_count, now, jitter)
    return None
