"""The delivery queue with two workers at once, on both databases."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from proctor_results.database.connect import connect
from proctor_results.database.connection import Database
from proctor_results.database.statement import Statement
from proctor_results.deliveries import pending_store, targets_store
from proctor_results.deliveries import queue as delivery_queue
from proctor_results.deliveries.model import DeliveryFilter
from proctor_results.dependencies import Dependencies
from proctor_results.metrics import gauges_store
from tests.support.reports import NOW, body, record

NEXT_ATTEMPTS = Statement("SELECT next_attempt_at FROM delivery ORDER BY id")
SECOND = timedelta(seconds=1)


@pytest.fixture
def queue(deps: Dependencies) -> Database:
    """Three messages, due one second after the other_worker."""
    for number in range(3):
        record(deps, body(identifier=f"session-{number}"), NOW + number * SECOND)
    return deps.database


@pytest.fixture
def other_worker(database_url: str) -> Iterator[Database]:
    """The same database, opened by another worker."""
    opened = connect(database_url)
    yield opened
    opened.close()


def pending_identifiers(database: Database) -> list[str]:
    return [each.identifier for each in pending_store.list_pending(database, DeliveryFilter(), 10)]


def test_the_longest_due_are_leased_first(queue: Database) -> None:
    later = NOW + 9 * SECOND

    assert delivery_queue.lease_due(queue, "listener", "a", 2, later) == 2
    assert {claim.session.identifier for claim in delivery_queue.load_leased(queue, "a")} == {
        "session-0",
        "session-1",
    }
    assert delivery_queue.lease_due(queue, "listener", "b", 2, later) == 1


def test_a_delivery_due_later_or_to_another_target_is_not_leased(queue: Database) -> None:
    assert delivery_queue.lease_due(queue, "listener", "a", 10, NOW) == 1
    assert delivery_queue.lease_due(queue, "another", "b", 10, NOW + 9 * SECOND) == 0


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_worker_skips_rows_that_another_is_leasing(
    queue: Database, other_worker: Database
) -> None:
    """On SQLite it waits for its turn instead."""
    with queue.transaction():
        delivery_queue.lease_due(queue, "listener", "a", 2, NOW + 9 * SECOND)
        assert delivery_queue.lease_due(other_worker, "listener", "b", 10, NOW + 9 * SECOND) == 1

    assert [
        claim.session.identifier for claim in delivery_queue.load_leased(other_worker, "b")
    ] == ["session-2"]


def test_a_retry_leaves_leased_deliveries_alone(queue: Database) -> None:
    delivery_queue.lease_due(queue, "listener", "a", 1, NOW)
    next_attempt = queue.fetch(NEXT_ATTEMPTS)[0]

    assert pending_store.retry(queue, DeliveryFilter(target="listener"), NOW + 5 * SECOND) == 2
    assert queue.fetch(NEXT_ATTEMPTS)[0] == next_attempt


def test_a_recovered_target_is_not_sent_a_message_twice_at_once(queue: Database) -> None:
    delivery_queue.lease_due(queue, "listener", "a", 1, NOW)

    pending_store.make_due_now(queue, "listener", NOW)

    assert delivery_queue.lease_due(queue, "listener", "b", 10, NOW) == 2


def test_a_lease_records_one_result(queue: Database) -> None:
    delivery_queue.lease_due(queue, "listener", "a", 1, NOW)
    (claim,) = delivery_queue.load_leased(queue, "a")

    assert delivery_queue.mark_delivered(queue, claim)
    assert not delivery_queue.mark_delivered(queue, claim)
    assert not delivery_queue.mark_failed(queue, claim, None)


def test_pending_deliveries_are_listed_longest_pending_first(queue: Database) -> None:
    assert pending_identifiers(queue) == ["session-0", "session-1", "session-2"]
    assert [each.identifier for each in pending_store.list_pending(queue, DeliveryFilter(), 1)] == [
        "session-0"
    ]
    assert gauges_store.oldest_pending_since(queue) == NOW


def test_a_delivered_message_is_not_listed(queue: Database) -> None:
    delivery_queue.lease_due(queue, "listener", "a", 1, NOW)
    (claim,) = delivery_queue.load_leased(queue, "a")

    delivery_queue.mark_delivered(queue, claim)

    assert pending_identifiers(queue) == ["session-1", "session-2"]
    assert gauges_store.oldest_pending_since(queue) == NOW + SECOND


def test_an_empty_queue_has_no_pending_deliveries(database: Database) -> None:
    assert pending_identifiers(database) == []
    assert gauges_store.oldest_pending_since(database) is None
    assert targets_store.get_state_if_due(database, "listener", NOW) is None
