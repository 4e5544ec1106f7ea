"""Worker registration: workers store their targets when they start, and report while they run."""

from datetime import datetime

from proctor_results.deliveries import pending_store, targets_store
from proctor_results.deliveries.model import DeliveryFilter
from proctor_results.deliveries.queue import LEASE_DURATION
from proctor_results.dependencies import Dependencies
from proctor_results.heartbeats import liveness
from proctor_results.heartbeats import store as heartbeat_store
from proctor_results.worker import store as worker_store


def register_worker(deps: Dependencies, name: str, now: datetime) -> None:
    """Register a worker that starts, or whose clock was set back. Raises DatabaseUnavailable.

    Deliveries that failed at a target's old address are retried at its new one.
    """
    with deps.database.transaction():
        for target in deps.targets:
            if targets_store.register(deps.database, target.name, target.url):
                pending_store.retry(deps.database, DeliveryFilter(target=target.name), now)
        _repair_after_clock_change(deps, now)
        worker_store.record_heartbeat(deps.database, name, now)


def _repair_after_clock_change(deps: Dependencies, now: datetime) -> None:
    """Shorten times in the future, which nothing must wait for after the clock was set back."""
    for target in deps.targets:
        targets_store.cap_pauses(deps.database, target.name, now)
        pending_store.cap_times(deps.database, target.name, now, now + LEASE_DURATION)
    heartbeat_store.cap_deadlines(deps.database, deps.heartbeat_config.deadline(now))
    liveness.reset_if_in_future(deps.database, now)
