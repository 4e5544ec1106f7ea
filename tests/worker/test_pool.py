"""The pool of one target: how many deliveries it takes, and their results."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest

from proctor_results.deliveries.model import AttemptResult, LeasedDelivery
from proctor_results.deliveries.targets.base import Delivered, LeaseExpired, PushResult, Target
from proctor_results.sessions.enums import Topic
from proctor_results.sessions.model import Session
from proctor_results.worker.sender import FAST_CALL_SECONDS, PREFETCH_PER_THREAD, DeliveryPool
from tests.support.recording_target import RecordingTarget
from tests.support.reports import NOW
from tests.support.worker_fixtures import wait_until


class BlockingSender:
    """Blocks calls until it is released; `seconds` and `result` are then their results."""

    def __init__(self) -> None:
        self.released = threading.Event()
        self.seconds = 0.0
        self.result: PushResult = Delivered(status=200)

    def send(self, _: Target, claim: LeasedDelivery) -> AttemptResult:
        self.released.wait(10)
        return AttemptResult(claim=claim, result=self.result, at=NOW, seconds=self.seconds)


@pytest.fixture
def sender() -> Iterator[BlockingSender]:
    created = BlockingSender()
    yield created
    created.released.set()


@pytest.fixture
def pool(sender: BlockingSender) -> Iterator[DeliveryPool]:
    created = DeliveryPool(RecordingTarget(), 2, sender.send)
    yield created
    created.shutdown()


def claims(count: int) -> list[LeasedDelivery]:
    return [_claim(delivery_id) for delivery_id in range(count)]


def _claim(delivery_id: int) -> LeasedDelivery:
    session = Session(identifier="exam-1", vendor="supervisor", updated_at=NOW)
    return LeasedDelivery(
        delivery_id=delivery_id,
        lease_token="a lease",
        lease_expires_at=NOW + timedelta(seconds=20),
        target="listener",
        topic=Topic.OUTCOME,
        revision=1,
        desired_since=NOW,
        pending_since=NOW,
        failure_count=0,
        session=session,
        request_id=None,
    )


def completed(pool: DeliveryPool, count: int = 2) -> list[AttemptResult]:
    """Wait until all calls have ended; return their results."""
    wait_until(lambda: sum(future.done() for future in pool.in_flight) == count)
    return list(pool.completed())


def test_at_first_the_pool_takes_one_delivery_per_thread(pool: DeliveryPool) -> None:
    assert pool.capacity == 2
    pool.submit(claims(2))
    assert pool.capacity == 0


@pytest.mark.parametrize(
    ("seconds", "free"),
    [(0.0, 2 * PREFETCH_PER_THREAD), (FAST_CALL_SECONDS, 2)],
    ids=["fast", "slow"],
)
def test_while_calls_are_fast_the_next_deliveries_are_claimed_ahead(
    pool: DeliveryPool, sender: BlockingSender, seconds: float, free: int
) -> None:
    sender.seconds = seconds
    sender.released.set()
    pool.submit(claims(2))

    assert [attempt.claim.delivery_id for attempt in completed(pool)] == [0, 1]
    assert pool.capacity == free


def test_a_delivery_that_was_not_sent_does_not_make_a_target_fast(
    pool: DeliveryPool, sender: BlockingSender
) -> None:
    sender.result = LeaseExpired()
    sender.released.set()
    pool.submit(claims(2))

    assert len(completed(pool)) == 2
    assert pool.capacity == 2


def test_deliveries_that_no_thread_has_begun_are_cancelled(
    pool: DeliveryPool, sender: BlockingSender
) -> None:
    pool.submit(claims(5))
    wait_until(lambda: sum(future.running() for future in pool.in_flight) == 2)

    assert [claim.delivery_id for claim in pool.cancel_pending()] == [2, 3, 4]
    sender.released.set()
    assert [attempt.claim.delivery_id for attempt in completed(pool)] == [0, 1]
