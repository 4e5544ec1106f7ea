"""Sends deliveries with a pool of threads per target, and records their results."""

import random
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime

import structlog

from proctor_results.database.connection import DatabaseUnavailable
from proctor_results.deliveries.deliver import claim_due, record_results, send
from proctor_results.deliveries.model import AttemptResult, LeasedDelivery
from proctor_results.deliveries.targets.base import ResultKind, Target, Unreachable
from proctor_results.dependencies import Dependencies
from proctor_results.logs import request_id

FAST_CALL_SECONDS = 0.1
"""A target whose calls take less is fast."""

PREFETCH_PER_THREAD = 3
"""How many deliveries are claimed for each thread while the target is fast."""

log = structlog.get_logger()


class DeliverySender:
    """Claims and records in the worker's thread, and sends in `threads` others."""

    def __init__(self, deps: Dependencies, threads: int, now: Callable[[], datetime]) -> None:
        self._deps, self._now = deps, now
        threads_per_target = max(1, threads // max(1, len(deps.targets)))
        self._pools = [
            DeliveryPool(target, threads_per_target, self._send) for target in deps.targets
        ]
        self._unrecorded: list[AttemptResult] = []

    @property
    def in_flight(self) -> list[Future[AttemptResult]]:
        return [future for pool in self._pools for future in pool.in_flight]

    def dispatch(self, now: datetime) -> None:
        """Claim for each target what its threads can send. Raises DatabaseUnavailable.

        Each target has its share of the threads, so that one that hangs does not delay the others.
        """
        for pool in self._pools:
            if pool.capacity > 0:
                pool.submit(claim_due(self._deps, pool.target, pool.capacity, now))

    def record_completed(self, _now: datetime) -> None:
        """Record the results of the calls that have ended. Raises DatabaseUnavailable.

        Results that could not be recorded, because the database was unavailable, are kept for the
        next round. Where recording fails otherwise, the lease expires and the message is sent again
        under the same id.
        """
        for pool in self._pools:
            self._unrecorded.extend(pool.completed())
        attempts, self._unrecorded = self._unrecorded, []
        if not attempts:
            return
        try:
            record_results(self._deps, attempts, random.random())  # noqa: S311  # jitter, no secret
        except DatabaseUnavailable:
            self._unrecorded = attempts
            raise
        for attempt in attempts:
            _log_attempt(attempt)

    def cancel_pending(self) -> list[LeasedDelivery]:
        """Return the deliveries that no thread has begun; they will not be sent."""
        return [claim for pool in self._pools for claim in pool.cancel_pending()]

    def shutdown(self) -> None:
        for pool in self._pools:
            pool.shutdown()

    def _send(self, target: Target, claim: LeasedDelivery) -> AttemptResult:
        request_id.continue_request(claim.request_id)
        started = time.monotonic()
        try:
            result = send(target, claim, self._now())
        except Exception as error:
            # One message that a target's code fails on must not stop the other messages.
            log.exception("delivery.unexpected_error", delivery=claim.delivery_id)
            result = Unreachable(detail=f"failed here: {type(error).__name__}")
        return AttemptResult(
            claim=claim, result=result, at=self._now(), seconds=time.monotonic() - started
        )


class DeliveryPool:
    """Calls `send` in its threads, which use no database.

    While the target is fast, the next deliveries are claimed before a thread is free, so that
    threads do not wait for the database and many results are written at once. While it is slow,
    only what can be sent at once is claimed: other deliveries would wait here with their leases
    running, although another worker may be free.
    """

    def __init__(
        self, target: Target, threads: int, send: Callable[[Target, LeasedDelivery], AttemptResult]
    ) -> None:
        self.target = target
        self._threads, self._send = threads, send
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=f"delivery to {target.name}")
        self._in_flight: dict[Future[AttemptResult], LeasedDelivery] = {}
        self._is_fast = False

    @property
    def in_flight(self) -> Collection[Future[AttemptResult]]:
        """Calls that run, wait for a thread, or have ended and are not yet recorded."""
        return self._in_flight.keys()

    @property
    def capacity(self) -> int:
        """How many more deliveries can be claimed."""
        return self._threads * (PREFETCH_PER_THREAD if self._is_fast else 1) - len(self._in_flight)

    def submit(self, claims: Iterable[LeasedDelivery]) -> None:
        for claim in claims:
            self._in_flight[self._pool.submit(self._send, self.target, claim)] = claim

    def completed(self) -> Iterator[AttemptResult]:
        """Yield each result once. An exception is raised, and its delivery is no longer held."""
        for future in [future for future in self._in_flight if future.done()]:
            del self._in_flight[future]
            attempt = future.result()
            if attempt.result.kind is not ResultKind.LEASE_EXPIRED:
                is_reachable = attempt.result.kind is not ResultKind.UNREACHABLE
                self._is_fast = is_reachable and attempt.seconds < FAST_CALL_SECONDS
            yield attempt

    def cancel_pending(self) -> list[LeasedDelivery]:
        """Return the deliveries that no thread has begun; they will not be sent."""
        return [self._in_flight.pop(future) for future in list(self._in_flight) if future.cancel()]

    def shutdown(self) -> None:
        """Stop without waiting for calls that run."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def _log_attempt(attempt: AttemptResult) -> None:
    claim, result = attempt.claim, attempt.result
    error = {"error": result.error} if result.error else {}
    log.info(
        "delivery.attempt",
        session=claim.session.identifier,
        target=claim.target,
        topic=claim.topic,
        revision=claim.revision,
        result=result.kind,
        status=result.status,
        seconds=round(attempt.seconds, 3),
        request_id=claim.request_id,
        **error,
    )
