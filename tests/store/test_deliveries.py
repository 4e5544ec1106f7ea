"""The queue of deliveries where two hands reach into it at once, on both databases."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from proctor_results.flows.house import House
from proctor_results.store import deliveries, health, targets
from proctor_results.store.ledger import Ledger
from proctor_results.store.opening import open_ledger
from proctor_results.store.statement import Statement
from tests.reports import NOW, body, record

DUE_AT = Statement("SELECT due_at FROM delivery ORDER BY id")
SECOND = timedelta(seconds=1)


@pytest.fixture
def queue(house: House) -> Ledger:
    """Three messages, due one second after the other."""
    for number in range(3):
        record(house, body(identifier=f"session-{number}"), NOW + number * SECOND)
    return house.ledger


@pytest.fixture
def other(database_url: str) -> Iterator[Ledger]:
    """The same database, opened by another worker."""
    opened = open_ledger(database_url)
    yield opened
    opened.close()


def waiting(ledger: Ledger) -> list[str]:
    return [each.identifier for each in deliveries.undelivered(ledger, 10)]


def test_the_longest_due_are_leased_first(queue: Ledger) -> None:
    later = NOW + 9 * SECOND

    assert deliveries.lease(queue, "listener", "a", 2, later) == 2
    assert {claim.session.identifier for claim in deliveries.leased(queue, "a")} == {"session-0", "session-1"}
    assert deliveries.lease(queue, "listener", "b", 2, later) == 1


def test_what_is_due_later_or_for_another_target_is_not_leased(queue: Ledger) -> None:
    assert deliveries.lease(queue, "listener", "a", 10, NOW) == 1
    assert deliveries.lease(queue, "another", "b", 10, NOW + 9 * SECOND) == 0


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_worker_passes_over_what_another_is_just_leasing(queue: Ledger, other: Ledger) -> None:
    """On SQLite it waits for its turn instead."""
    with queue.transaction():
        deliveries.lease(queue, "listener", "a", 2, NOW + 9 * SECOND)
        assert deliveries.lease(other, "listener", "b", 10, NOW + 9 * SECOND) == 1

    assert [claim.session.identifier for claim in deliveries.leased(other, "b")] == ["session-2"]


def test_a_person_who_retries_leaves_alone_what_is_in_the_air(queue: Ledger) -> None:
    deliveries.lease(queue, "listener", "a", 1, NOW)
    until = queue.run(DUE_AT)[0]

    assert deliveries.revive(queue, "listener", NOW + 5 * SECOND) == 2
    assert queue.run(DUE_AT)[0] == until


def test_a_target_that_is_back_is_not_told_twice_at_once(queue: Ledger) -> None:
    deliveries.lease(queue, "listener", "a", 1, NOW)

    deliveries.hasten(queue, "listener", NOW)

    assert deliveries.lease(queue, "listener", "b", 10, NOW) == 2


def test_a_lease_settles_its_delivery_once(queue: Ledger) -> None:
    deliveries.lease(queue, "listener", "a", 1, NOW)
    (claim,) = deliveries.leased(queue, "a")

    assert deliveries.settle_delivered(queue, claim, NOW)
    assert not deliveries.settle_delivered(queue, claim, NOW)
    assert not deliveries.settle_failed(queue, claim, None, NOW)


def test_what_is_undelivered_is_listed_with_the_longest_due_first(queue: Ledger) -> None:
    assert waiting(queue) == ["session-0", "session-1", "session-2"]
    assert [each.identifier for each in deliveries.undelivered(queue, 1)] == ["session-0"]
    assert health.oldest_undelivered(queue) == NOW


def test_what_was_delivered_is_listed_no_more(queue: Ledger) -> None:
    deliveries.lease(queue, "listener", "a", 1, NOW)
    (claim,) = deliveries.leased(queue, "a")

    deliveries.settle_delivered(queue, claim, NOW)

    assert waiting(queue) == ["session-1", "session-2"]
    assert health.oldest_undelivered(queue) == NOW + SECOND


def test_an_empty_queue_has_nothing_to_say(ledger: Ledger) -> None:
    assert waiting(ledger) == []
    assert health.oldest_undelivered(ledger) is None
    assert targets.state_if_due(ledger, "listener", NOW) is None
