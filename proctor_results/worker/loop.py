"""The worker: runs its steps round after round until it is asked to stop."""

import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, wait
from datetime import datetime, timedelta
from functools import partial

import structlog

from proctor_results.database.connection import DatabaseUnavailable
from proctor_results.deliveries.deliver import release
from proctor_results.dependencies import Dependencies
from proctor_results.evidence.write_checkpoints import CheckpointWriter
from proctor_results.jobs.job_threads import JobRunner
from proctor_results.worker import store as worker_store
from proctor_results.worker.sender import DeliverySender
from proctor_results.worker.steps import (
    HeartbeatStep,
    PeriodicStep,
    Step,
    finalize_due,
    lock_timed_out,
    write_checkpoint,
)

POLL_INTERVAL = 0.05
BATCH_WINDOW = 0.005
"""Seconds after the first result of a batch, in which more results join it."""

TIMEOUT_CHECK_INTERVAL = timedelta(seconds=POLL_INTERVAL)
FINALIZE_INTERVAL = timedelta(seconds=1)
JOB_INTERVAL = timedelta(seconds=0.5)
JOB_THREADS = 2
DATABASE_RETRY_DELAY = 1.0
SHUTDOWN_TIMEOUT = 20.0

log = structlog.get_logger()


class Worker:
    """Runs all steps in one thread, which alone uses the database; `threads` others send."""

    def __init__(
        self, deps: Dependencies, name: str, threads: int, now: Callable[[], datetime]
    ) -> None:
        self._deps, self._name, self._now = deps, name, now
        self._deliveries = DeliverySender(deps, threads, now)
        self._jobs = JobRunner(deps, JOB_THREADS, now)
        self._steps: tuple[Step, ...] = (
            HeartbeatStep(deps, name),
            self._deliveries.record_completed,
            PeriodicStep(TIMEOUT_CHECK_INTERVAL, partial(lock_timed_out, deps)),
            PeriodicStep(FINALIZE_INTERVAL, partial(finalize_due, deps)),
            self._deliveries.dispatch,
            PeriodicStep(JOB_INTERVAL, self._jobs.step),
            partial(write_checkpoint, CheckpointWriter(deps)),
        )
        # Not an Event: its lock may be held by the very thread that a signal interrupts.
        self._is_stopping = False

    def stop(self) -> None:
        """Ask the worker to stop; safe in a signal handler."""
        self._is_stopping = True

    def run(self) -> None:
        """Work until asked to stop, then finish what is in flight and give the rest back."""
        targets = [target.name for target in self._deps.targets]
        log.info("worker.started", worker=self._name, targets=targets)
        while not self._is_stopping:
            self._run_safely(self.run_once)
            self._wait_for_work()
        self._shut_down()
        log.info("worker.stopped", worker=self._name)

    def run_once(self) -> None:
        """Run one round. Raises DatabaseUnavailable."""
        for step in self._steps:
            step(self._now())

    def _run_safely(self, action: Callable[[], object]) -> None:
        try:
            action()
        except DatabaseUnavailable as error:
            message = str(error).strip()
            log.warning("worker.database_unavailable", worker=self._name, error=message)
            time.sleep(DATABASE_RETRY_DELAY)
        except Exception:
            # The worker must outlive every error: without it the LMS is notified of nothing.
            log.exception("worker.unexpected_error", worker=self._name)
            time.sleep(DATABASE_RETRY_DELAY)

    def _wait_for_work(self) -> None:
        """Wait for a result and a little longer, so that results are recorded together."""
        if in_flight := self._deliveries.in_flight:
            wait(in_flight, timeout=POLL_INTERVAL, return_when=FIRST_COMPLETED)
            time.sleep(BATCH_WINDOW)
        else:
            time.sleep(POLL_INTERVAL)

    def _shut_down(self) -> None:
        unsent = self._deliveries.cancel_pending()
        wait(self._deliveries.in_flight, timeout=SHUTDOWN_TIMEOUT)
        self._run_safely(lambda: self._deliveries.record_completed(self._now()))
        self._run_safely(lambda: release(self._deps, unsent))
        self._run_safely(lambda: self._deps.counters.flush(self._deps.database))
        self._run_safely(lambda: worker_store.delete(self._deps.database, self._name))
        self._deliveries.shutdown()
        self._jobs.shutdown()
