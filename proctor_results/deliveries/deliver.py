"""Deliver messages: claim due deliveries, send them, record the results.

No transaction spans the sending.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import groupby
from uuid import uuid4

from proctor_results.deliveries import queue, targets_store
from proctor_results.deliveries.messages import build_message, message_id
from proctor_results.deliveries.model import (
    AttemptResult,
    LeasedDelivery,
)
from proctor_results.deliveries.retry_schedule import (
    next_retry,
    next_retry_after_refusal,
    target_pause,
)
from proctor_results.deliveries.targets.base import (
    CALL_TIMEOUT,
    LeaseExpired,
    PushResult,
    ResultKind,
    Target,
)
from proctor_results.dependencies import Dependencies


def claim_due(
    deps: Dependencies, target: Target, limit: int, now: datetime
) -> list[LeasedDelivery]:
    """Lease at most `limit` due deliveries of a target, or one probe where the target is failing.

    Raises DatabaseUnavailable.
    """
    state = targets_store.get_state_if_due(deps.database, target.name, now)
    if state is None or state.disabled_at or (state.paused_until and state.paused_until > now):
        return []
    lease_token = uuid4().hex
    if state.paused_until:
        return _claim_probe(deps, target, lease_token, now)
    lease = partial(queue.lease_due, deps.database, target.name, lease_token, limit, now)
    deps.database.run_write(lease)
    return queue.load_leased(deps.database, lease_token)


def send(target: Target, claim: LeasedDelivery, now: datetime) -> PushResult:
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

    Where a lease was lost, only the attempt is stored.
    """
    if all(attempt.result.kind is ResultKind.DELIVERED for attempt in attempts):
        deps.database.run_write(lambda: _record_same_kind(deps, attempts, jitter))
    else:
        with deps.database.transaction():
            for _, same_kind in groupby(attempts, key=lambda attempt: attempt.result.kind):
                _record_same_kind(deps, list(same_kind), jitter)
    for attempt in attempts:
        deps.counters.count_attempt(attempt.claim.target, attempt.result.kind, attempt.seconds)


def release(deps: Dependencies, claims: Iterable[LeasedDelivery]) -> None:
    """Give back deliveries that were leased and not sent. Raises DatabaseUnavailable."""
    with deps.database.transaction():
        for claim in claims:
            queue.release(deps.database, claim)


def _claim_probe(
    deps: Dependencies, target: Target, lease_token: str, now: datetime
) -> list[LeasedDelivery]:
    with deps.database.transaction():
        queue.lease_due(deps.database, target.name, lease_token, 1, now)
        targets_store.pause(deps.database, target.name, now + queue.LEASE_DURATION)
    return [
        replace(claim, is_probe=True) for claim in queue.load_leased(deps.database, lease_token)
    ]


def _record_same_kind(deps: Dependencies, attempts: Sequence[AttemptResult], jitter: float) -> None:
    if attempts and attempts[0].result.kind is ResultKind.DELIVERED:
        queue.mark_delivered_batch(deps.database, attempts, attempts[-1].at)
        return
    for attempt in attempts:
        _record_failure(deps, attempt, jitter)


def _record_failure(deps: Dependencies, attempt: AttemptResult, jitter: float) -> None:
    """Store the attempt, and disable a target that is gone until an operator enables it."""
    claim, result = attempt.claim, attempt.result
    queue.insert_attempt(deps.database, attempt)
    if result.kind is ResultKind.LEASE_EXPIRED:
        queue.release(deps.database, claim)
        return
    queue.mark_failed(deps.database, claim, _next_attempt_at(attempt, jitter))
    if result.kind is ResultKind.UNREACHABLE:
        _count_target_failure(deps, attempt)
    elif result.kind is ResultKind.GONE:
        targets_store.disable(deps.database, claim.target, attempt.at, result.detail)


def _next_attempt_at(attempt: AttemptResult, jitter: float) -> datetime | None:
    """Where nothing could be sent, wait for news of the session: a retry knows no more.

    A delivery to a target that is gone stays due for when the target is enabled.
    """
    claim, result = attempt.claim, attempt.result
    failure_count = claim.failure_count + 1
    if result.kind is ResultKind.UNREACHABLE:
        pending_since, retry_after = claim.pending_since, result.retry_after
        return next_retry(failure_count, pending_since, attempt.at, jitter, retry_after)
    if result.kind is ResultKind.REFUSED:
        return next_retry_after_refusal(failure_count, attempt.at, jitter)
    return attempt.at if result.kind is ResultKind.GONE else None


def _count_target_failure(deps: Dependencies, attempt: AttemptResult) -> None:
    claim = attempt.claim
    failure_count = targets_store.record_failure(
        deps.database,
        claim.target,
        attempt.started_at,
        attempt.at,
        attempt.result.detail,
        is_probe=claim.is_probe,
    )
    pause_duration = target_pause(failure_count, attempt.result.retry_after)
    if pause_duration:
        targets_store.pause(deps.database, claim.target, attempt.at + pause_duration)
