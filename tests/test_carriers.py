"""The threads of one target: how much they have in hand, and what becomes of it."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest

from proctor_results.carriers import IN_HAND, SWIFT, Carriers
from proctor_results.domain.session import Session
from proctor_results.domain.words import Topic
from proctor_results.flows.deliver import Landing, Lapsed
from proctor_results.lms.base import Delivered, PushResult, Target
from proctor_results.store.deliveries import Claim
from tests.listeners import Listener
from tests.reports import NOW
from tests.workplace import until


class Road:
    """Lets nobody through until it is opened; `seconds` and `result` are what calls then came to."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.seconds = 0.0
        self.result: PushResult | Lapsed = Delivered(status=200)

    def carry(self, _: Target, claimed: Claim) -> Landing:
        self.open.wait(10)
        return Landing(claim=claimed, result=self.result, at=NOW, seconds=self.seconds)


@pytest.fixture
def road() -> Iterator[Road]:
    made = Road()
    yield made
    made.open.set()


@pytest.fixture
def carriers(road: Road) -> Iterator[Carriers]:
    made = Carriers(Listener(), 2, road.carry)
    yield made
    made.dismiss()


def claims(number: int) -> list[Claim]:
    return [_claim(delivery_id) for delivery_id in range(number)]


def _claim(delivery_id: int) -> Claim:
    session = Session(identifier="exam-1", vendor="supervisor", updated_at=NOW)
    return Claim(
        delivery_id=delivery_id,
        lease="a lease",
        lease_ends=NOW + timedelta(seconds=20),
        target="listener",
        topic=Topic.OUTCOME,
        revision=1,
        wanted_at=NOW,
        due_since=NOW,
        failed=0,
        session=session,
        request_id=None,
    )


def back(carriers: Carriers, number: int = 2) -> list[Landing]:
    """What has come back, once all of it has."""
    until(lambda: sum(future.done() for future in carriers.air) == number)
    return list(carriers.landed())


def test_at_first_they_take_what_can_go_at_once(carriers: Carriers) -> None:
    assert carriers.free == 2
    carriers.send_off(claims(2))
    assert carriers.free == 0


@pytest.mark.parametrize(("seconds", "free"), [(0.0, 2 * IN_HAND), (SWIFT, 2)], ids=["swift", "slow"])
def test_while_calls_are_swift_the_next_claims_are_in_hand(
    carriers: Carriers, road: Road, seconds: float, free: int
) -> None:
    road.seconds = seconds
    road.open.set()
    carriers.send_off(claims(2))

    assert [landing.claim.delivery_id for landing in back(carriers)] == [0, 1]
    assert carriers.free == free


def test_what_was_never_sent_does_not_make_a_target_swift(carriers: Carriers, road: Road) -> None:
    road.result = Lapsed()
    road.open.set()
    carriers.send_off(claims(2))

    assert len(back(carriers)) == 2
    assert carriers.free == 2


def test_what_is_in_hand_and_not_begun_is_taken_back(carriers: Carriers, road: Road) -> None:
    carriers.send_off(claims(5))
    until(lambda: sum(future.running() for future in carriers.air) == 2)

    assert [claimed.delivery_id for claimed in carriers.take_back()] == [2, 3, 4]
    road.open.set()
    assert [landing.claim.delivery_id for landing in back(carriers)] == [0, 1]
