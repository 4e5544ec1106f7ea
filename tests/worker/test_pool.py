"""The threads of one target: how much they have in hand, and what becomes of it."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest

from proctor_results.deliveries.model import AttemptResult, LeasedDelivery, LeaseExpired
from proctor_results.deliveries.targets.base import Delivered, PushResult, Target
from proctor_results.sessions.enums import Topic
from proctor_results.sessions.model import Session
from proctor_results.worker.pool import FAST_CALL_SECONDS, PREFETCH_PER_THREAD, DeliveryPool
from tests.support.recording_target import RecordingTarget
from tests.support.reports import NOW
from tests.support.worker_fixtures import wait_until


class Road:
    """Lets nobody through until it is opened; `seconds` and `result` are what calls then came to."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.seconds = 0.0
        self.result: PushResult | LeaseExpired = Delivered(status=200)

    def carry(self, _: Target, claimed: LeasedDelivery) -> AttemptResult:
        self.open.wait(10)
        return AttemptResult(claim=claimed, result=self.result, at=NOW, seconds=self.seconds)


@pytest.fixture
def road() -> Iterator[Road]:
    made = Road()
    yield made
    made.open.set()


@pytest.fixture
def carriers(road: Road) -> Iterator[DeliveryPool]:
    made = DeliveryPool(RecordingTarget(), 2, road.carry)
    yield made
    made.shutdown()


def claims(number: int) -> list[LeasedDelivery]:
    return [_claim(delivery_id) for delivery_id in range(number)]


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


def back(carriers: DeliveryPool, number: int = 2) -> list[AttemptResult]:
    """What has come back, once all of it has."""
    wait_until(lambda: sum(future.done() for future in carriers.in_flight) == number)
    return list(carriers.completed())


def test_at_first_they_take_what_can_go_at_once(carriers: DeliveryPool) -> None:
    assert carriers.capacity == 2
    carriers.submit(claims(2))
    assert carriers.capacity == 0


@pytest.mark.parametrize(
    ("seconds", "free"),
    [(0.0, 2 * PREFETCH_PER_THREAD), (FAST_CALL_SECONDS, 2)],
    ids=["swift", "slow"],
)
def test_while_calls_are_swift_the_next_claims_are_in_hand(
    carriers: DeliveryPool, road: Road, seconds: float, free: int
) -> None:
    road.seconds = seconds
    road.open.set()
    carriers.submit(claims(2))

    assert [landing.claim.delivery_id for landing in back(carriers)] == [0, 1]
    assert carriers.capacity == free


def test_what_was_never_sent_does_not_make_a_target_swift(
    carriers: DeliveryPool, road: Road
) -> None:
    road.result = LeaseExpired()
    road.open.set()
    carriers.submit(claims(2))

    assert len(back(carriers)) == 2
    assert carriers.capacity == 2


def test_what_is_in_hand_and_not_begun_is_taken_back(carriers: DeliveryPool, road: Road) -> None:
    carriers.submit(claims(5))
    wait_until(lambda: sum(future.running() for future in carriers.in_flight) == 2)

    assert [claimed.delivery_id for claimed in carriers.cancel_pending()] == [2, 3, 4]
    road.open.set()
    assert [landing.claim.delivery_id for landing in back(carriers)] == [0, 1]
