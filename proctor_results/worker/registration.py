"""A worker lives: it introduces the targets it serves, and is seen while it works."""

from datetime import datetime

from proctor_results.deliveries import queue as delivery_queue
from proctor_results.deliveries import targets_store
from proctor_results.dependencies import Dependencies
from proctor_results.heartbeats import liveness
from proctor_results.heartbeats import store as heartbeat_store
from proctor_results.worker import store as worker_store


def register_worker(deps: Dependencies, name: str, now: datetime) -> None:
    """A worker begins to work. Raises LedgerAway.

    A target that has moved to a new address starts afresh: what was given up at the old one is tried again. The clock
    may have been set back since others were at work.
    """
    with deps.database.transaction():
        for target in deps.targets:
            if targets_store.register(deps.database, target.name, target.url):
                delivery_queue.retry_all(deps.database, target.name, now)
        _repair_after_clock_change(deps, now)
        worker_store.record_heartbeat(deps.database, name, now)


def _repair_after_clock_change(deps: Dependencies, now: datetime) -> None:
    """What was noted at a later hour, before the clock was set back, must not wait until it is that late again."""
    for target in deps.targets:
        targets_store.cap_pauses(deps.database, target.name, now)
        delivery_queue.cap_due_times(deps.database, target.name, now)
    heartbeat_store.cap_deadlines(deps.database, deps.heartbeat_config.deadline(now))
    liveness.reset_if_in_future(deps.database, now)


def record_worker_heartbeat(deps: Dependencies, name: str, now: datetime) -> None:
    """The worker is still at work. Raises LedgerAway."""
    with deps.database.transaction():
        worker_store.record_heartbeat(deps.database, name, now)


def deregister_worker(deps: Dependencies, name: str) -> None:
    """The worker has ended in good order. Raises LedgerAway."""
    with deps.database.transaction():
        worker_store.delete(deps.database, name)
