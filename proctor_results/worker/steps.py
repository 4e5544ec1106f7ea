"""The steps of a worker's round beside the deliveries, each with its own interval."""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from proctor_results.dependencies import Dependencies
from proctor_results.evidence.write_checkpoints import CheckpointWriter
from proctor_results.heartbeats.lock_timed_out import lock_timed_out_sessions
from proctor_results.logs import request_id
from proctor_results.operations.finalize_outcomes import finalize_outcomes
from proctor_results.sessions.enums import HoldKind
from proctor_results.worker import store as worker_store
from proctor_results.worker.registration import register_worker

HEARTBEAT_INTERVAL = timedelta(seconds=5)
LOCK_BATCH_SIZE = 200
FINALIZE_BATCH_SIZE = 200

log = structlog.get_logger()

Step = Callable[[datetime], object]
"""Does its work if it is due at that time. Raises DatabaseUnavailable."""


class PeriodicStep:
    """Runs a task once per interval, and again at once while the task returns that more is due.

    It also runs at once after the clock was set back.
    """

    def __init__(self, interval: timedelta, task: Callable[[datetime], bool]) -> None:
        self._interval, self._task = interval, task
        self._last_run_at: datetime | None = None

    def __call__(self, now: datetime) -> None:
        if self._last_run_at and timedelta() <= now - self._last_run_at < self._interval:
            return
        self._last_run_at = None if self._task(now) else now


class HeartbeatStep:
    """Registers the worker, and then reports every few seconds that it runs."""

    def __init__(self, deps: Dependencies, name: str) -> None:
        self._deps, self._name = deps, name
        self._last_heartbeat_at: datetime | None = None

    def __call__(self, now: datetime) -> None:
        """Register again where the clock was set back."""
        if self._last_heartbeat_at is None or now < self._last_heartbeat_at:
            register_worker(self._deps, self._name, now)
        elif now >= self._last_heartbeat_at + HEARTBEAT_INTERVAL:
            worker_store.record_heartbeat(self._deps.database, self._name, now)
        else:
            return
        self._deps.counters.flush(self._deps.database)
        self._last_heartbeat_at = now


def lock_timed_out(deps: Dependencies, now: datetime) -> bool:
    """Lock a batch of timed out sessions; return whether there were any."""
    with request_id.new_request_id():
        locked_identifiers = lock_timed_out_sessions(deps, LOCK_BATCH_SIZE, now)
        for identifier in locked_identifiers:
            log.info("session.locked", session=identifier, hold=HoldKind.DISCONNECTED)
    return bool(locked_identifiers)


def finalize_due(deps: Dependencies, now: datetime) -> bool:
    """Make a batch of due outcomes final; return whether the batch was full."""
    with request_id.new_request_id():
        finalized = finalize_outcomes(deps, FINALIZE_BATCH_SIZE, now)
    for session in finalized:
        log.info("session.finalized", session=session.identifier, outcome=session.outcome)
    return len(finalized) == FINALIZE_BATCH_SIZE


def write_checkpoint(writer: CheckpointWriter, now: datetime) -> None:
    """Write a checkpoint if one is due, and log its digest.

    Logs are stored elsewhere, so an editor of the database cannot change both.
    """
    try:
        checkpoint = writer.step(now)
    except ValueError as error:
        log.warning("checkpoint.broken", error=str(error), hint="see `receipts verify`")
        return
    if checkpoint:
        fields = {"checkpoint": checkpoint.number, "digest": checkpoint.manifest_sha256}
        log.info("checkpoint.written", **fields, **checkpoint.last_ids)
