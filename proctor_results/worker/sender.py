"""Sends deliveries with a pool of threads per target, and records their results."""

import random
import time
from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime

import structlog

from proctor_results.database.connection import DatabaseUnavailable
from proctor_results.deliveries.deliver import claim_due, record_results, release, send
from proctor_results.deliveries.model import AttemptResult, LeasedDelivery
from proctor_results.deliveries.targets.base import Target, Unreachable
from proctor_results.dependencies import Dependencies
from proctor_results.logs import request_id
from proctor_results.worker.pool import DeliveryPool

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

    def release(self, claims: list[LeasedDelivery]) -> None:
        """Give deliveries back to other workers. Raises DatabaseUnavailable."""
        release(self._deps, claims)

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


def _log_attempt(attempt: AttemptResult) -> None:
    claim, result = attempt.claim, attempt.result
    error = {"error": result.error} if isinstance(result, Unreachable) and result.error else {}
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
