"""The worker: keeps telling targets what they should know, until it is asked to stop."""

import random
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from datetime import datetime, timedelta

import structlog

from proctor_results.database.connection import DatabaseUnavailable
from proctor_results.deliveries.deliver import (
    AttemptResult,
    claim_due,
    record_results,
    release,
    send,
)
from proctor_results.deliveries.queue import LeasedDelivery
from proctor_results.deliveries.targets.base import Target, Unreachable
from proctor_results.dependencies import Dependencies
from proctor_results.evidence.write_checkpoints import CheckpointWriter
from proctor_results.heartbeats.lock_timed_out import lock_timed_out_sessions
from proctor_results.logs import request_id
from proctor_results.metrics.flush_counters import flush_counters
from proctor_results.operations.finalize_outcomes import finalize_outcomes
from proctor_results.sessions.enums import HoldKind
from proctor_results.worker.pool import DeliveryPool
from proctor_results.worker.registration import (
    deregister_worker,
    record_worker_heartbeat,
    register_worker,
)

POLL_INTERVAL = 0.05
TIMEOUT_CHECK_INTERVAL = timedelta(seconds=POLL_INTERVAL)
BATCH_WINDOW = 0.005
LOCK_BATCH_SIZE = 200
FINALIZE_BATCH_SIZE = 200
FINALIZE_INTERVAL = timedelta(seconds=1)
HEARTBEAT_INTERVAL = timedelta(seconds=5)
DATABASE_RETRY_DELAY = 1.0
SHUTDOWN_TIMEOUT = 20.0

log = structlog.get_logger()


class Worker:
    """Claims in this thread, carries in `threads` others, and settles in this one: they never touch the ledger."""

    def __init__(
        self, deps: Dependencies, name: str, threads: int, now: Callable[[], datetime]
    ) -> None:
        self._deps, self._name, self._now = deps, name, now
        threads_per_target = max(1, threads // max(1, len(deps.targets)))
        self._pools = [
            DeliveryPool(target, threads_per_target, self._send) for target in deps.targets
        ]
        self._unrecorded: list[AttemptResult] = []
        self._last_heartbeat_at: datetime | None = None
        self._last_timeout_check_at: datetime | None = None
        self._checkpoint_writer = CheckpointWriter(deps)
        self._last_finalized_at: datetime | None = None
        self._is_stopping = (
            False  # no Event: its lock may be held by the very thread that a signal interrupts
        )

    def stop(self) -> None:
        """Asks the worker to end; safe in a signal handler."""
        self._is_stopping = True

    def run(self) -> None:
        """Works until asked to stop, then finishes what is in the air and gives the rest back."""
        log.info(
            "worker.started",
            worker=self._name,
            targets=[target.name for target in self._deps.targets],
        )
        while not self._is_stopping:
            self._run_safely(self.run_once)
            self._wait_for_work()
        self._shut_down()
        log.info("worker.stopped", worker=self._name)

    def run_once(self) -> None:
        """One round: be seen, write down what has landed, send off what is due, seal. Raises LedgerAway."""
        self._record_heartbeat()
        self._record_completed()
        self._lock_timed_out()
        self._finalize_outcomes()
        self._dispatch()
        self._write_checkpoint()

    def _run_safely(self, step: Callable[[], None]) -> None:
        try:
            step()
        except DatabaseUnavailable as error:
            log.warning("worker.ledger_away", worker=self._name, error=str(error).strip())
            time.sleep(DATABASE_RETRY_DELAY)
        except Exception:
            # The loop must outlive what nobody foresaw: a worker that is gone tells nobody anything.
            log.exception("worker.surprised", worker=self._name)
            time.sleep(DATABASE_RETRY_DELAY)

    def _wait_for_work(self) -> None:
        """What lands soon after the first is settled together with it."""
        if in_flight := self._in_flight():
            wait(in_flight, timeout=POLL_INTERVAL, return_when=FIRST_COMPLETED)
            time.sleep(BATCH_WINDOW)
        else:
            time.sleep(POLL_INTERVAL)

    def _in_flight(self) -> list[Future[AttemptResult]]:
        return [future for pool in self._pools for future in pool.in_flight]

    def _record_heartbeat(self) -> None:
        """Arrives anew where the clock has been set back."""
        now = self._now()
        if self._last_heartbeat_at is None or now < self._last_heartbeat_at:
            register_worker(self._deps, self._name, now)
        elif now >= self._last_heartbeat_at + HEARTBEAT_INTERVAL:
            record_worker_heartbeat(self._deps, self._name, now)
        else:
            return
        flush_counters(self._deps)
        self._last_heartbeat_at = now

    def _record_completed(self) -> None:
        """What could not be settled, because the ledger was away, is kept and settled when it is back.

        What fails for any other reason is let go: its lease ends, and it is told again under the same id.
        """
        for pool in self._pools:
            self._unrecorded.extend(pool.completed())
        results, self._unrecorded = self._unrecorded, []
        if results:
            self._record_results(results)

    def _record_results(self, results: list[AttemptResult]) -> None:
        try:
            record_results(self._deps, results, random.random())  # noqa: S311  # jitter, not a secret
        except DatabaseUnavailable:
            self._unrecorded = results
            raise
        for result in results:
            _log_attempt(result)

    def _lock_timed_out(self) -> None:
        """A few hundred at a time, so that what is due does not wait behind a whole room."""
        now = self._now()
        if (
            self._last_timeout_check_at is not None
            and timedelta(0) <= now - self._last_timeout_check_at < TIMEOUT_CHECK_INTERVAL
        ):
            return
        with request_id.new_request_id():
            locked_identifiers = lock_timed_out_sessions(self._deps, LOCK_BATCH_SIZE, now)
            for identifier in locked_identifiers:
                log.info("session.locked", session=identifier, hold=HoldKind.DISCONNECTED)
        self._last_timeout_check_at = None if locked_identifiers else now

    def _finalize_outcomes(self) -> None:
        """Nobody counts on the second in which an outcome becomes final. Where many do, the next round goes on."""
        now = self._now()
        if (
            self._last_finalized_at is not None
            and timedelta(0) <= now - self._last_finalized_at < FINALIZE_INTERVAL
        ):
            return
        with request_id.new_request_id():
            finalized = finalize_outcomes(self._deps, FINALIZE_BATCH_SIZE, now)
        for session in finalized:
            log.info("session.settled", session=session.identifier, outcome=session.outcome)
        self._last_finalized_at = None if len(finalized) == FINALIZE_BATCH_SIZE else now

    def _dispatch(self) -> None:
        """Each target has its share of the threads, so that one that hangs does not keep the others waiting."""
        for pool in self._pools:
            if pool.capacity > 0:
                pool.submit(claim_due(self._deps, pool.target, pool.capacity, self._now()))

    def _write_checkpoint(self) -> None:
        """The digest is told to the log, which others keep: nobody can change what is sealed, and it, too."""
        try:
            checkpoint = self._checkpoint_writer.step(self._now())
        except ValueError as error:
            log.warning("checkpoint.broken", error=str(error), hint="see `receipts verify`")
            return
        if checkpoint:
            log.info(
                "checkpoint.written",
                checkpoint=checkpoint.number,
                digest=checkpoint.manifest_sha256,
                **checkpoint.last_ids,
            )

    def _send(self, target: Target, claim: LeasedDelivery) -> AttemptResult:
        request_id.continue_request(claim.request_id)
        started = time.monotonic()
        try:
            result = send(target, claim, self._now())
        except Exception as error:
            # A carrier that stumbles over one message must not take the others down with it.
            log.exception("delivery.surprised", delivery=claim.delivery_id)
            result = Unreachable(detail=f"failed here: {type(error).__name__}")
        return AttemptResult(
            claim=claim, result=result, at=self._now(), seconds=time.monotonic() - started
        )

    def _shut_down(self) -> None:
        unsent = [claim for pool in self._pools for claim in pool.cancel_pending()]
        wait(self._in_flight(), timeout=SHUTDOWN_TIMEOUT)
        self._run_safely(self._record_completed)
        self._run_safely(lambda: release(self._deps, unsent, self._now()))
        self._run_safely(lambda: flush_counters(self._deps))
        self._run_safely(lambda: deregister_worker(self._deps, self._name))
        for pool in self._pools:
            pool.shutdown()


def _log_attempt(attempt_result: AttemptResult) -> None:
    log.info(
        "delivery.attempt",
        session=attempt_result.claim.session.identifier,
        target=attempt_result.claim.target,
        topic=attempt_result.claim.topic,
        revision=attempt_result.claim.revision,
        result=attempt_result.result_name,
        status=attempt_result.result.status,
        seconds=round(attempt_result.seconds, 3),
        request_id=attempt_result.claim.request_id,
    )
