"""Messages that have arrived together, on both databases."""

from datetime import timedelta

from proctor_results.flows.house import House
from proctor_results.store import deliveries, landings, targets
from proctor_results.store.attempts import Attempt
from proctor_results.store.deliveries import Claim
from proctor_results.store.ledger import Ledger
from proctor_results.store.statement import Statement
from tests.reports import NOW, body, record

ROWS = Statement("SELECT delivered, lease, due_at IS NULL FROM delivery ORDER BY id")
ATTEMPTS = Statement("SELECT delivery_id, revision, result, status, detail FROM attempt ORDER BY delivery_id")
DUE_NOW = Statement("SELECT COUNT(*) FROM delivery WHERE due_at <= :now")
LATER = NOW + timedelta(minutes=5)


def claimed(house: House, number: int) -> list[Claim]:
    for each in range(number):
        record(house, body(identifier=f"session-{each}"))
    deliveries.lease(house.ledger, "listener", "a lease", number, NOW)
    return deliveries.leased(house.ledger, "a lease")


def settle(ledger: Ledger, claims: list[Claim]) -> None:
    ledger.enter(lambda: landings.settle(ledger, [(claim, attempt(claim)) for claim in claims], LATER))


def attempt(claim: Claim) -> Attempt:
    return Attempt(
        delivery_id=claim.delivery_id,
        revision=claim.revision,
        at=LATER,
        seconds=0.1,
        result="delivered",
        status=200,
        detail="answered 200",
    )


def test_each_is_settled_and_kept(house: House) -> None:
    claims = claimed(house, 3)

    settle(house.ledger, claims)

    assert [(had, lease, bool(rest)) for had, lease, rest in house.ledger.run(ROWS)] == [(1, None, True)] * 3
    assert house.ledger.run(ATTEMPTS) == [
        (claim.delivery_id, 1, "delivered", 200, "answered 200")
        for claim in sorted(claims, key=lambda each: each.delivery_id)
    ]


def test_what_has_lost_its_lease_is_kept_and_settles_nothing(house: House) -> None:
    claims = claimed(house, 2)
    house.ledger.run(Statement("UPDATE delivery SET lease = 'another' WHERE id = :id"), id=claims[0].delivery_id)

    settle(house.ledger, claims)

    assert sorted(had or 0 for had, _, _ in house.ledger.run(ROWS)) == [0, 1]
    assert len(house.ledger.run(ATTEMPTS)) == 2


def test_what_is_wanted_anew_meanwhile_is_due_again(house: House) -> None:
    claims = claimed(house, 1)
    record(house, body(identifier="session-0", status="accepted"), NOW)

    settle(house.ledger, claims)

    assert [(had, lease, bool(rest)) for had, lease, rest in house.ledger.run(ROWS)] == [(1, None, False)]


def test_a_target_that_is_back_is_trusted_and_told_the_rest_at_once(house: House) -> None:
    claims = claimed(house, 2)
    targets.meet(house.ledger, "listener", "https://lms.example/hook")
    deliveries.settle_failed(house.ledger, claims[0], LATER + timedelta(hours=1), NOW)
    targets.failed(house.ledger, "listener", NOW, NOW, "answered 503", probe=False)

    settle(house.ledger, claims[1:])

    assert targets.state(house.ledger, "listener").failures == 0
    assert house.ledger.run(DUE_NOW, now=2**60) == house.ledger.run(DUE_NOW, now=_milliseconds()) == [(1,)]


def _milliseconds() -> int:
    return int(LATER.timestamp() * 1000)
