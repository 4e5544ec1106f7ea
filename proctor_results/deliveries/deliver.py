"""Deliver messages: claim due deliveries, send them, record the results.

No transaction spans the sending.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby
from uuid import uuid4

from proctor_results.deliveries import queue, results_store, targets_store
from proctor_results.deliveries.messages import build_message, message_id
from proctor_results.deliveries.model import (
    AttemptResult,
    LeasedDelivery,
    LeaseExpired,
    TargetState,
)
from proctor_results.deliveries.retry_schedule import (
    FailureHistory,
    next_retry,
    next_retry_after_refusal,
    target_pause,
)
from proctor_results.deliveries.targets.base import (
    CALL_TIMEOUT,
    PushResult,
    ResultKind,
    Target,
    Unreachable,
)
from proctor_results.dependencies import Dependencies


def claim_due(
    deps: Dependencies, target: Target, limit: int, now: datetime
) -> list[LeasedDelivery]:
    """Lease at most `limit` due deliveries of a target, or one probe where the target is failing.

    Raises DatabaseUnavailable.
    """
    state = targets_store.get_state_if_due(deps.database, target.name, now)
    if state is None or not _accepts_deliveries(state, now):
        return []
    lease_token = uuid4().hex
    if state.paused_until is not None:
        return _claim_probe(deps, target, lease_token, now)
    deps.database.run_write(
        lambda: queue.lease_due(deps.database, target.name, lease_token, limit, now)
    )
    return queue.load_leased(deps.database, lease_token)


def send(target: Target, claim: LeasedDelivery, now: datetime) -> PushResult | LeaseExpired:
    """Send the leased state to the target. Uses no database, so that it can run in any thread.

    A worker may have been suspended since it claimed: where a call could outlast the lease,
    nothing is sent.
    """
    if now + CALL_TIMEOUT > claim.lease_expires_at:
        return LeaseExpired()
    session, topic, revision = claim.session, claim.topic, claim.revision
    message = build_message(session, topic, revision, claim.desired_since)
    return target.push(message_id(session.identifier, topic, revision), message, now)


def record_results(deps: Dependencies, attempts: Sequence[AttemptResult], jitter: float) -> None:
    """Record all results in their order, or none. Raises DatabaseUnavailable.

    Where a lease was lost, the attempt is stored, but only the worker with the newer lease changes
    the delivery.
    """
    if all(attempt.result.kind is ResultKind.DELIVERED for attempt in attempts):
        deps.database.run_write(lambda: _record_delivered(deps, attempts, jitter))
    else:
        with deps.database.transaction():
            for kind, same_kind in groupby(attempts, key=lambda attempt: attempt.result.kind):
                _RECORDERS[kind](deps, list(same_kind), jitter)
    for attempt in attempts:
        deps.counters.count_attempt(attempt.claim.target, attempt.result.kind, attempt.seconds)


def release(deps: Dependencies, claims: Iterable[LeasedDelivery]) -> None:
    """Give back deliveries that were leased and not sent. Raises DatabaseUnavailable."""
    with deps.database.transaction():
        for claim in claims:
            queue.release(deps.database, claim)


def _accepts_deliveries(state: TargetState, now: datetime) -> bool:
    return not state.is_disabled and (state.paused_until is None or state.paused_until <= now)


def _claim_probe(
    deps: Dependencies, target: Target, lease_token: str, now: datetime
) -> list[LeasedDelivery]:
    with deps.database.transaction():
        queue.lease_due(deps.database, target.name, lease_token, 1, now)
        targets_store.pause(deps.database, target.name, now + queue.LEASE_DURATION)
    return [
        replace(claim, is_probe=True) for claim in queue.load_leased(deps.database, lease_token)
    ]


Recorder = Callable[[Dependencies, Sequence[AttemptResult], float], None]


def _record_delivered(deps: Dependencies, attempts: Sequence[AttemptResult], jitter: float) -> None:
    if attempts:
        results_store.mark_delivered_batch(deps.database, attempts, attempts[-1].at)


def _for_each(record_one: Callable[[Dependencies, AttemptResult, float], None]) -> Recorder:
    def record_each(deps: Dependencies, attempts: Sequence[AttemptResult], jitter: float) -> None:
        for attempt in attempts:
            results_store.insert_attempt(deps.database, attempt)
            record_one(deps, attempt, jitter)

    return record_each


def _record_unreachable(deps: Dependencies, attempt: AttemptResult, jitter: float) -> None:
    claim, retry_after = attempt.claim, _retry_after(attempt.result)
    next_attempt_at = next_retry(_failure_history(claim), attempt.at, jitter, retry_after)
    results_store.mark_failed(deps.database, claim, next_attempt_at)
    failure_count = targets_store.record_failure(
        deps.database,
        claim.target,
        attempt.started_at,
        attempt.at,
        attempt.result.detail,
        is_probe=claim.is_probe,
    )
    pause_duration = target_pause(failure_count, retry_after)
    if pause_duration:
        targets_store.pause(deps.database, claim.target, attempt.at + pause_duration)


def _retry_after(result: PushResult | LeaseExpired) -> timedelta | None:
    return result.retry_after if isinstance(result, Unreachable) else None


def _record_refused(deps: Dependencies, attempt: AttemptResult, jitter: float) -> None:
    history = _failure_history(attempt.claim)
    next_attempt_at = next_retry_after_refusal(history, attempt.at, jitter)
    results_store.mark_failed(deps.database, attempt.claim, next_attempt_at)


def _record_gone(deps: Dependencies, attempt: AttemptResult, jitter: float) -> None:
    """Disable the target; the delivery stays due for when an operator enables the target."""
    results_store.mark_failed(deps.database, attempt.claim, attempt.at)
    targets_store.disable(deps.database, attempt.claim.target, attempt.at, attempt.result.detail)


def _record_not_sendable(deps: Dependencies, attempt: AttemptResult, jitter: float) -> None:
    """Wait for news of the session: the target is not at fault, and a retry knows no more."""
    results_store.mark_failed(deps.database, attempt.claim, None)


def _release_expired(deps: Dependencies, attempt: AttemptResult, jitter: float) -> None:
    queue.release(deps.database, attempt.claim)


def _failure_history(claim: LeasedDelivery) -> FailureHistory:
    return FailureHistory(failure_count=claim.failure_count + 1, pending_since=claim.pending_since)


_RECORDERS: Mapping[ResultKind, Recorder] = {
    ResultKind.DELIVERED: _record_delivered,
    ResultKind.UNREACHABLE: _for_each(_record_unreachable),
    ResultKind.REFUSED: _for_each(_record_refused),
    ResultKind.GONE: _for_each(_record_gone),
    ResultKind.NOT_SENDABLE: _for_each(_record_not_sendable),
    ResultKind.LEASE_EXPIRED: _for_each(_release_expired),
}
