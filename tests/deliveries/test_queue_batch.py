"""Results that are recorded together, on both databases."""

from datetime import timedelta

from proctor_results.database.connection import Database
from proctor_results.database.statement import Statement
from proctor_results.deliveries import queue as delivery_queue
from proctor_results.deliveries import targets_store
from proctor_results.deliveries.model import AttemptResult, LeasedDelivery
from proctor_results.deliveries.targets.base import Delivered
from proctor_results.dependencies import Dependencies
from tests.support.reports import NOW, body, record

ROWS = Statement(
    "SELECT delivered_revision, lease_token, next_attempt_at IS NULL FROM delivery ORDER BY id"
)
ATTEMPTS = Statement(
    "SELECT delivery_id, revision, result, status, detail FROM attempt ORDER BY delivery_id"
)
DUE_NOW = Statement("SELECT COUNT(*) FROM delivery WHERE next_attempt_at <= :now")
LATER = NOW + timedelta(minutes=5)


def claimed(deps: Dependencies, number: int) -> list[LeasedDelivery]:
    for each in range(number):
        record(deps, body(identifier=f"session-{each}"))
    delivery_queue.lease_due(deps.database, "listener", "a lease", number, NOW)
    return delivery_queue.load_leased(deps.database, "a lease")


def record_delivered(database: Database, claims: list[LeasedDelivery]) -> None:
    attempts = [
        AttemptResult(
            claim=claim,
            result=Delivered(status=200, detail="answered 200"),
            at=LATER,
            seconds=0.1,
        )
        for claim in claims
    ]
    database.run_write(lambda: delivery_queue.mark_delivered_batch(database, attempts, LATER))


def test_each_delivery_and_attempt_is_recorded(deps: Dependencies) -> None:
    claims = claimed(deps, 3)

    record_delivered(deps.database, claims)

    assert [(had, lease, bool(rest)) for had, lease, rest in deps.database.fetch(ROWS)] == [
        (1, None, True)
    ] * 3
    assert deps.database.fetch(ATTEMPTS) == [
        (claim.delivery_id, 1, "delivered", 200, "answered 200")
        for claim in sorted(claims, key=lambda each: each.delivery_id)
    ]


def test_after_a_lost_lease_only_the_attempt_is_stored(deps: Dependencies) -> None:
    claims = claimed(deps, 2)
    deps.database.fetch(
        Statement("UPDATE delivery SET lease_token = 'another' WHERE id = :id"),
        id=claims[0].delivery_id,
    )

    record_delivered(deps.database, claims)

    assert sorted(had or 0 for had, _, _ in deps.database.fetch(ROWS)) == [0, 1]
    assert len(deps.database.fetch(ATTEMPTS)) == 2


def test_a_delivery_with_a_newer_revision_is_due_again(deps: Dependencies) -> None:
    claims = claimed(deps, 1)
    record(deps, body(identifier="session-0", status="accepted"), NOW)

    record_delivered(deps.database, claims)

    assert [(had, lease, bool(rest)) for had, lease, rest in deps.database.fetch(ROWS)] == [
        (1, None, False)
    ]


def test_a_recovered_target_is_enabled_and_its_deliveries_are_due(deps: Dependencies) -> None:
    claims = claimed(deps, 2)
    targets_store.register(deps.database, "listener", "https://lms.example/hook")
    delivery_queue.mark_failed(deps.database, claims[0], LATER + timedelta(hours=1))
    targets_store.record_failure(
        deps.database, "listener", NOW, NOW, "answered 503", is_probe=False
    )

    record_delivered(deps.database, claims[1:])

    assert targets_store.get_state(deps.database, "listener").failure_count == 0
    assert (
        deps.database.fetch(DUE_NOW, now=2**60)
        == deps.database.fetch(DUE_NOW, now=_milliseconds())
        == [(1,)]
    )


def _milliseconds() -> int:
    return int(LATER.timestamp() * 1000)
