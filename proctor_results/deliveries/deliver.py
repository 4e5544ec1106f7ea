"""Something must be told: claim it, carry it, and settle what became of it. No transaction spans the carrying."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from uuid import uuid4

from proctor_results.deliveries import (
    attempts,
    queue_batch,
    targets_store,
)
from proctor_results.deliveries import (
    queue as delivery_queue,
)
from proctor_results.deliveries.attempts import Attempt
from proctor_results.deliveries.messages import build_message, message_id
from proctor_results.deliveries.queue import LEASE_DURATION, LeasedDelivery
from proctor_results.deliveries.retry_schedule import (
    FailureHistory,
    next_retry,
    next_retry_after_refusal,
    target_pause,
)
from proctor_results.deliveries.targets.base import (
    CALL_TIMEOUT,
    Delivered,
    Gone,
    NotSendable,
    PushResult,
    Refused,
    Target,
    Unreachable,
)
from proctor_results.deliveries.targets_store import TargetState
from proctor_results.dependencies import Dependencies


@dataclass(frozen=True, kw_only=True)
class LeaseExpired:
    """Nothing was sent: the lease could have ended during the call, and another worker have told something newer."""

    detail: str = "not sent: too little was left of the lease"
    status: None = None


@dataclass(frozen=True, kw_only=True)
class AttemptResult:
    """A try that has come to its end: what was claimed, what the target said, when, and how many seconds it took."""

    claim: LeasedDelivery
    result: PushResult | LeaseExpired
    at: datetime
    seconds: float

    @property
    def started_at(self) -> datetime:
        return self.at - timedelta(seconds=self.seconds)

    @property
    def result_name(self) -> str:
        """The name of the result, in lower case."""
        return type(self.result).__name__.lower()


def claim_due(
    deps: Dependencies, target: Target, limit: int, now: datetime
) -> list[LeasedDelivery]:
    """Leases at most `limit` deliveries of a target; one only, as a probe, where the target has been failing.

    Raises LedgerAway.
    """
    state, lease_token = (
        targets_store.get_state_if_due(deps.database, target.name, now),
        uuid4().hex,
    )
    if state is None or not _accepts_deliveries(state, now):
        return []
    if state.paused_until is not None:
        return _claim_probe(deps, target, lease_token, now)
    deps.database.run_write(
        lambda: delivery_queue.lease_due(deps.database, target.name, lease_token, limit, now)
    )
    return delivery_queue.load_leased(deps.database, lease_token)


def send(target: Target, claim: LeasedDelivery, now: datetime) -> PushResult | LeaseExpired:
    """Tells the target the state that was claimed. Touches no ledger; meant for threads of its own.

    A worker may have stood still since it claimed: what could land after its lease stays here.
    """
    if now + CALL_TIMEOUT > claim.lease_expires_at:
        return LeaseExpired()
    session, topic, revision = claim.session, claim.topic, claim.revision
    message = build_message(session, topic, revision, claim.desired_since)
    return target.push(message_id(session.identifier, topic, revision), message, now)


def record_results(deps: Dependencies, results: Sequence[AttemptResult], jitter: float) -> None:
    """Writes down what became of each try, all or nothing and in their order. Raises LedgerAway.

    A try whose lease was lost is kept as an attempt, but settles nothing: a later worker speaks for its delivery.
    """
    if results and all(isinstance(attempt_result.result, Delivered) for attempt_result in results):
        deps.database.run_write(lambda: _record_delivered(deps, results, jitter))
    else:
        _record_mixed(deps, results, jitter)
    for attempt_result in results:
        deps.counters.count_attempt(
            attempt_result.claim.target, attempt_result.result_name, attempt_result.seconds
        )


def release(deps: Dependencies, claims: Iterable[LeasedDelivery], now: datetime) -> None:
    """Returns what was claimed and not tried. Raises LedgerAway."""
    with deps.database.transaction():
        for claim in claims:
            delivery_queue.release(deps.database, claim, now)


def _accepts_deliveries(state: TargetState, now: datetime) -> bool:
    return not state.is_disabled and (state.paused_until is None or state.paused_until <= now)


def _claim_probe(
    deps: Dependencies, target: Target, lease_token: str, now: datetime
) -> list[LeasedDelivery]:
    with deps.database.transaction():
        delivery_queue.lease_due(deps.database, target.name, lease_token, 1, now)
        targets_store.pause(deps.database, target.name, now + LEASE_DURATION)
    return [
        replace(claim, is_probe=True)
        for claim in delivery_queue.load_leased(deps.database, lease_token)
    ]


def _to_attempt(attempt_result: AttemptResult) -> Attempt:
    return Attempt(
        delivery_id=attempt_result.claim.delivery_id,
        revision=attempt_result.claim.revision,
        at=attempt_result.at,
        seconds=attempt_result.seconds,
        result=attempt_result.result_name,
        status=attempt_result.result.status,
        detail=attempt_result.result.detail,
    )


def _record_mixed(deps: Dependencies, results: Sequence[AttemptResult], jitter: float) -> None:
    with deps.database.transaction():
        for result_type, same_type in groupby(
            results, key=lambda attempt_result: type(attempt_result.result)
        ):
            _RESULT_HANDLERS[result_type](deps, list(same_type), jitter)


def _record_delivered(deps: Dependencies, results: Sequence[AttemptResult], jitter: float) -> None:
    delivered = [(attempt_result.claim, _to_attempt(attempt_result)) for attempt_result in results]
    queue_batch.mark_delivered_batch(deps.database, delivered, results[-1].at)


def _for_each(record_one: Callable[[Dependencies, AttemptResult, float], None]) -> "ResultHandler":
    def record_each(deps: Dependencies, results: Sequence[AttemptResult], jitter: float) -> None:
        for attempt_result in results:
            attempts.insert(deps.database, _to_attempt(attempt_result))
            record_one(deps, attempt_result, jitter)

    return record_each


def _record_unreachable(deps: Dependencies, attempt_result: AttemptResult, jitter: float) -> None:
    claim, retry_after = attempt_result.claim, _retry_after(attempt_result.result)
    next_attempt_at = next_retry(_failure_history(claim), attempt_result.at, jitter, retry_after)
    delivery_queue.mark_failed(deps.database, claim, next_attempt_at, attempt_result.at)
    failure_count = targets_store.record_failure(
        deps.database,
        claim.target,
        attempt_result.started_at,
        attempt_result.at,
        attempt_result.result.detail,
        is_probe=claim.is_probe,
    )
    pause_duration = target_pause(failure_count, retry_after)
    if pause_duration:
        targets_store.pause(deps.database, claim.target, attempt_result.at + pause_duration)


def _retry_after(result: PushResult | LeaseExpired) -> timedelta | None:
    return result.retry_after if isinstance(result, Unreachable) else None


def _record_refused(deps: Dependencies, attempt_result: AttemptResult, jitter: float) -> None:
    next_attempt_at = next_retry_after_refusal(
        _failure_history(attempt_result.claim), attempt_result.at, jitter
    )
    delivery_queue.mark_failed(
        deps.database, attempt_result.claim, next_attempt_at, attempt_result.at
    )


def _record_gone(deps: Dependencies, attempt_result: AttemptResult, jitter: float) -> None:
    """The message stays due, for the day on which somebody resumes the target."""
    delivery_queue.mark_failed(
        deps.database, attempt_result.claim, attempt_result.at, attempt_result.at
    )
    targets_store.disable(
        deps.database, attempt_result.claim.target, attempt_result.at, attempt_result.result.detail
    )


def _record_unsendable(deps: Dependencies, attempt_result: AttemptResult, jitter: float) -> None:
    """The target is not to blame, and another try would know no more: it waits for news, which makes it due again."""
    delivery_queue.mark_failed(deps.database, attempt_result.claim, None, attempt_result.at)


def _release_expired(deps: Dependencies, attempt_result: AttemptResult, jitter: float) -> None:
    delivery_queue.release(deps.database, attempt_result.claim, attempt_result.at)


def _failure_history(claim: LeasedDelivery) -> FailureHistory:
    return FailureHistory(failure_count=claim.failure_count + 1, pending_since=claim.pending_since)


ResultHandler = Callable[[Dependencies, Sequence[AttemptResult], float], None]

_RESULT_HANDLERS: Mapping[type[PushResult | LeaseExpired], ResultHandler] = {
    Delivered: _record_delivered,
    Unreachable: _for_each(_record_unreachable),
    Refused: _for_each(_record_refused),
    Gone: _for_each(_record_gone),
    NotSendable: _for_each(_record_unsendable),
    LeaseExpired: _for_each(_release_expired),
}
