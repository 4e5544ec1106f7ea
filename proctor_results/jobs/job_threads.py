"""Runs jobs on threads of the worker, beside its deliveries."""

import hashlib
import random
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime

import structlog

from proctor_results.dependencies import Dependencies
from proctor_results.jobs.run_jobs import claim_jobs, record_job_result, run_job
from proctor_results.jobs.store import LeasedJob
from proctor_results.sessions.receipt import InboundRequest
from proctor_results.vendors.base import WebhookRequest
from proctor_results.vendors.outbound import Fetched, JobResult
from proctor_results.webhooks.record_events import record_request

FETCH_KEY_ID = "fetched"
"""Instead of the name of a key: this service asked for what the receipt holds."""

log = structlog.get_logger()


class JobRunner:
    """Only the worker's own thread calls `step`, and only it uses the database."""

    def __init__(self, deps: Dependencies, threads: int, now: Callable[[], datetime]) -> None:
        self._deps, self._threads, self._now = deps, threads, now
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="jobs")
        self._in_flight: dict[Future[JobResult], LeasedJob] = {}

    def step(self, now: datetime) -> bool:
        """Record the results there are, and start due jobs. Raises DatabaseUnavailable.

        Return whether jobs are in flight, so that their results are recorded soon.
        """
        for future in [future for future in self._in_flight if future.done()]:
            self._record(future, self._in_flight[future], now)
            del self._in_flight[future]
        if capacity := self._threads - len(self._in_flight):
            for job in claim_jobs(self._deps, capacity, now):
                self._in_flight[self._pool.submit(run_job, self._deps, job, self._now())] = job
        return bool(self._in_flight)

    def shutdown(self) -> None:
        """Stop without waiting: the leases of unfinished jobs expire."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _record(self, future: Future[JobResult], job: LeasedJob, now: datetime) -> None:
        """After an unexpected error the lease expires, and the job is run again."""
        if error := future.exception():
            log.error("job.unexpected_error", vendor=job.vendor, kind=job.kind, exc_info=error)
            return
        jitter = random.random()  # noqa: S311  # jitter, not a secret
        record_job_result(self._deps, job, future.result(), now, jitter, self._record_fetched)

    def _record_fetched(self, job: LeasedJob, fetched: Fetched, now: datetime) -> None:
        request = InboundRequest(
            vendor=job.vendor,
            received_at=now,
            key_id=FETCH_KEY_ID,
            headers=fetched.headers,
            body=fetched.body,
            body_sha256=hashlib.sha256(fetched.body).hexdigest(),
        )
        parsed = self._deps.vendors[job.vendor].parse(WebhookRequest(body=fetched.body))
        record_request(self._deps, request, parsed)
