"""A person looks at what could not be told, and lets it be tried again, or lets it go."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from proctor_results.deliveries import pending, targets_store
from proctor_results.deliveries import queue as delivery_queue
from proctor_results.deliveries.pending import DeliveryFilter
from proctor_results.deliveries.queue import PendingDelivery
from proctor_results.dependencies import Dependencies
from proctor_results.metrics.gauges_store import DELIVERY_STATES
from proctor_results.operations.attribution import Attribution
from proctor_results.operations.note import add_note
from proctor_results.sessions.save import ensure_policy_stored

__all__ = [
    "DELIVERY_STATES",
    "DeliveryFilter",
    "PendingDelivery",
    "count_pending",
    "delete_for_target",
    "list_pending",
    "resend",
    "retry_pending",
]

BATCH_SIZE = 200


def list_pending(
    deps: Dependencies, limit: int, delivery_filter: DeliveryFilter | None = None
) -> list[PendingDelivery]:
    """What has not been told yet, the longest due first. Raises LedgerAway."""
    return pending.list_pending(deps.database, delivery_filter or DeliveryFilter(), limit)


def count_pending(deps: Dependencies, delivery_filter: DeliveryFilter) -> int:
    """How much of it there is at the targets of this house. Raises LedgerAway."""
    return sum(
        pending.count_pending(deps.database, target_filter)
        for target_filter in _filter_per_target(deps, delivery_filter)
    )


def retry_pending(deps: Dependencies, delivery_filter: DeliveryFilter, now: datetime) -> int:
    """Makes it due at once, and trusts its targets again; how much there was. Raises LedgerAway."""
    retried_count = 0
    with deps.database.transaction():
        for target_filter in _filter_per_target(deps, delivery_filter):
            targets_store.enable(deps.database, str(target_filter.target))
            retried_count += pending.retry(deps.database, target_filter, now)
    return retried_count


def resend(
    deps: Dependencies, identifier: str, delivery_id: int, attribution: Attribution, now: datetime
) -> bool:
    """Makes one delivery of the session due at once, also where it was told before, and trusts its target again.

    It is noted in the session's history. False where there is no such delivery, or a worker is at it just now.
    Raises LedgerAway.
    """
    ensure_policy_stored(deps)
    with deps.database.transaction():
        resent = delivery_queue.resend(deps.database, identifier, delivery_id, now)
        if resent is None:
            return False
        target, topic = resent
        targets_store.enable(deps.database, target)
        note_attribution = replace(
            attribution, reason=f"had {topic} sent to {target} again: {attribution.reason}"
        )
        add_note(deps, identifier, note_attribution, now)
    return True


def delete_for_target(
    deps: Dependencies, target: str, wait_between_batches: Callable[[], object]
) -> int:
    """Forgets all that a target was told or should be, in short transactions; how much. Raises LedgerAway.

    Raises ValueError for a target that is in use: what it should be told is news.
    """
    if target in {configured_target.name for configured_target in deps.targets}:
        raise ValueError(f"{target} is in use: take it out of the settings first")
    deleted_count, batch_count = 0, BATCH_SIZE
    while batch_count == BATCH_SIZE:
        with deps.database.transaction():
            batch_count = pending.delete(deps.database, target, BATCH_SIZE)
        deleted_count += batch_count
        wait_between_batches()
    return deleted_count


def _filter_per_target(deps: Dependencies, delivery_filter: DeliveryFilter) -> list[DeliveryFilter]:
    return [
        replace(delivery_filter, target=configured_target.name)
        for configured_target in deps.targets
        if delivery_filter.target in (None, configured_target.name)
    ]
