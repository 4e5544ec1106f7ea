"""List, retry, send again and delete deliveries, for operators and the dashboard."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from proctor_results.deliveries import pending_store, targets_store
from proctor_results.deliveries.model import DeliveryFilter, TargetState
from proctor_results.dependencies import Dependencies
from proctor_results.operations.operator_actions import Attribution, act
from proctor_results.sessions.enums import OperatorAction
from proctor_results.sessions.save import ensure_policy_stored

BATCH_SIZE = 200


def list_pending(
    deps: Dependencies, limit: int, delivery_filter: DeliveryFilter | None = None
) -> list[Any]:
    """List deliveries as `pending_store.list_pending` does. Raises DatabaseUnavailable."""
    return pending_store.list_pending(deps.database, delivery_filter or DeliveryFilter(), limit)


def target_states(deps: Dependencies) -> Mapping[str, TargetState]:
    """Return how each configured target has answered lately. Raises DatabaseUnavailable."""
    return {
        target.name: targets_store.get_state(deps.database, target.name) for target in deps.targets
    }


def count_pending(deps: Dependencies, delivery_filter: DeliveryFilter) -> int:
    """Count the pending deliveries of configured targets. Raises DatabaseUnavailable."""
    return sum(
        pending_store.count_pending(deps.database, target_filter)
        for target_filter in _filter_per_target(deps, delivery_filter)
    )


def retry_pending(deps: Dependencies, delivery_filter: DeliveryFilter, now: datetime) -> int:
    """Make pending deliveries due and enable their targets; return how many there were.

    Raises DatabaseUnavailable.
    """
    retried_count = 0
    with deps.database.transaction():
        for target_filter in _filter_per_target(deps, delivery_filter):
            targets_store.enable(deps.database, str(target_filter.target))
            retried_count += pending_store.retry(deps.database, target_filter, now)
    return retried_count


def resend(
    deps: Dependencies, identifier: str, delivery_id: int, attribution: Attribution, now: datetime
) -> bool:
    """Send one delivery of a session again, also if it was delivered; note it in the history.

    Return False if the session has no such delivery or it is in flight. Raises
    DatabaseUnavailable.
    """
    ensure_policy_stored(deps)
    with deps.database.transaction():
        resent = pending_store.resend(deps.database, identifier, delivery_id, now)
        if resent is None:
            return False
        target, topic = resent
        targets_store.enable(deps.database, target)
        reason = f"had {topic} sent to {target} again: {attribution.reason}"
        act(deps, identifier, OperatorAction.NOTE, replace(attribution, reason=reason), now)
    return True


def delete_for_target(
    deps: Dependencies, target: str, wait_between_batches: Callable[[], object]
) -> int:
    """Delete all deliveries of a removed target, in short transactions; return how many.

    Raises ValueError for a configured target, DatabaseUnavailable.
    """
    if target in {configured_target.name for configured_target in deps.targets}:
        raise ValueError(f"{target} is in use: take it out of the settings first")
    deleted_count, batch_count = 0, BATCH_SIZE
    while batch_count == BATCH_SIZE:
        with deps.database.transaction():
            batch_count = pending_store.delete(deps.database, target, BATCH_SIZE)
        deleted_count += batch_count
        wait_between_batches()
    return deleted_count


def _filter_per_target(deps: Dependencies, delivery_filter: DeliveryFilter) -> list[DeliveryFilter]:
    return [
        replace(delivery_filter, target=target.name)
        for target in deps.targets
        if delivery_filter.target in (None, target.name)
    ]
