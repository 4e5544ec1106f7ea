"""Replaying stored receipts, on both databases."""

from datetime import timedelta

import pytest

from proctor_results.database.statement import Statement
from proctor_results.dependencies import Dependencies
from proctor_results.evidence.verify import EvidenceVerifier
from proctor_results.sessions import repository
from proctor_results.sessions.enums import Status
from proctor_results.sessions.model import Session
from proctor_results.webhooks import store as webhook_store
from proctor_results.webhooks.replay import replay_receipt
from tests.support.reports import IDENTIFIER, NOW, SAMPLE, accepted, body, record, rejected
from tests.support.upgraded_vendor import UPGRADED_VENDOR

LATER = NOW + timedelta(days=30)
MADE = Statement(
    "SELECT replay_of, result, key_id, chain_position FROM receipt WHERE replay_of IS NOT NULL "
    "ORDER BY id"
)
COUNT = Statement("SELECT COUNT(*) FROM receipt")
DECIDED = Statement("SELECT cause FROM decision ORDER BY id")


def replay(deps: Dependencies, number: int, *, dry_run: bool = False) -> str:
    stored = webhook_store.get(deps.database, number)
    assert stored is not None
    return replay_receipt(deps, {"supervisor": UPGRADED_VENDOR}, stored, LATER, dry_run=dry_run)


def known(deps: Dependencies) -> Session:
    session = repository.get(deps.database, IDENTIFIER)
    assert session is not None
    return session


def condemned(**changes: object) -> bytes:
    """Store a verdict whose status was unknown when it was received."""
    return body(status="condemned", **changes)


def count(deps: Dependencies) -> int:
    number: int = deps.database.fetch(COUNT)[0][0]
    return number


def test_what_was_unrecognised_is_applied_once_it_can_be_read(deps: Dependencies) -> None:
    record(deps, SAMPLE)
    record(deps, condemned(signedAt="2022-02-19T12:00:00.000Z"))
    assert known(deps).status is Status.STOPPED

    assert replay(deps, 2) == "applied"
    assert (known(deps).status, known(deps).updated_at) == (Status.REJECTED, LATER)
    assert deps.database.fetch(MADE) == [(2, "applied", "replay", 3)]
    assert deps.database.fetch(DECIDED) == [("replay",)]


def test_it_is_safe_to_repeat(deps: Dependencies) -> None:
    record(deps, condemned())
    replay(deps, 1)
    before = known(deps)

    assert [replay(deps, 1) for _ in range(3)] == ["duplicate"] * 3
    assert (known(deps), count(deps)) == (before, 2)


def test_the_old_receipt_stays_as_it_is_and_everything_verifies(deps: Dependencies) -> None:
    record(deps, condemned())
    replay(deps, 1)

    assert deps.database.fetch(Statement("SELECT result FROM receipt WHERE id = 1")) == [
        ("unrecognised",)
    ]
    assert list(EvidenceVerifier(deps).faults(lambda _: None)) == []


def test_what_changes_nothing_leaves_nothing(deps: Dependencies) -> None:
    record(deps, rejected(comment="read anew"))
    for payload in (
        body(status="started", signedAt=None, stoppedAt=None),
        body(status="new"),
        b"{",
    ):
        record(deps, payload)

    assert [replay(deps, number) for number in (1, 2, 3, 4)] == [
        "duplicate",
        "stale",
        "unrecognised",
        "invalid",
    ]
    assert count(deps) == 4


def test_a_dry_run_says_the_same_and_writes_nothing(deps: Dependencies) -> None:
    record(deps, condemned())

    assert replay(deps, 1, dry_run=True) == "applied"
    assert (count(deps), repository.get(deps.database, IDENTIFIER)) == (1, None)


def test_of_two_that_nothing_orders_the_one_that_came_first_overrules_nothing(
    deps: Dependencies,
) -> None:
    """The later of two unsigned verdicts wins, and a replay does not make one later."""
    record(deps, condemned(signedAt=None))
    record(deps, body(status="accepted", signedAt=None))

    replay(deps, 1)

    assert known(deps).status is Status.ACCEPTED


def test_of_two_that_nothing_orders_the_one_that_came_last_still_wins(deps: Dependencies) -> None:
    record(deps, body(status="accepted", signedAt=None))
    record(deps, condemned(signedAt=None))

    assert replay(deps, 2) == "applied"
    assert known(deps).status is Status.REJECTED


def test_what_was_replayed_counts_as_old_as_it_was(deps: Dependencies) -> None:
    """Two unrecognised verdicts are replayed in any order; the last received one applies."""
    record(deps, condemned(signedAt=None, score=1))
    record(deps, condemned(signedAt=None, score=2))

    for number in (2, 1, 2):
        replay(deps, number)

    assert known(deps).facts["score"] == 2


def test_an_old_verdict_does_not_overrule_one_that_was_signed_later(deps: Dependencies) -> None:
    record(deps, condemned(signedAt="2022-02-19T09:00:00.000Z"))
    record(deps, accepted("2022-02-19T10:00:00.000Z"))

    replay(deps, 1)

    assert known(deps).status is Status.ACCEPTED


@pytest.mark.parametrize("column", ["pruned_at", "erased_at"])
def test_what_was_pruned_or_erased_cannot_be_fed_through(deps: Dependencies, column: str) -> None:
    record(deps, condemned())
    deps.database.fetch(Statement(f"UPDATE receipt SET {column} = 1"))  # our own

    assert replay(deps, 1) == "pruned or erased"


def test_what_no_vendor_has_sent_is_passed_over(deps: Dependencies) -> None:
    record(deps, SAMPLE)
    deps.database.fetch(Statement("UPDATE receipt SET vendor = 'browser'"))

    assert replay(deps, 1) == "not a vendor's"


def test_what_a_replay_has_made_is_not_fed_through_again(deps: Dependencies) -> None:
    record(deps, condemned())
    replay(deps, 1)

    assert webhook_store.get(deps.database, 2) is None
    assert [
        each.receipt_id for each in webhook_store.list_unrecognised(deps.database, lambda _: None)
    ] == [1]
