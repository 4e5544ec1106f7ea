"""Feeding stored receipts through again, on both databases."""

from datetime import timedelta

import pytest

from proctor_results.domain.session import Session
from proctor_results.domain.words import Status
from proctor_results.flows.house import House
from proctor_results.flows.replay_receipts import replay_receipt
from proctor_results.flows.show_session import show_session
from proctor_results.flows.verify_receipts import Verification
from proctor_results.store import receipts
from proctor_results.store.statement import Statement
from tests.reports import IDENTIFIER, NOW, SAMPLE, accepted, body, record, rejected
from tests.vendors.upgraded import Upgraded

LATER = NOW + timedelta(days=30)
MADE = Statement("SELECT replay_of, verdict, key_id, place FROM receipt WHERE replay_of IS NOT NULL ORDER BY id")
COUNT = Statement("SELECT COUNT(*) FROM receipt")
DECIDED = Statement("SELECT cause FROM decision ORDER BY id")


def replay(house: House, number: int, *, dry_run: bool = False) -> str:
    stored = receipts.find(house.ledger, number)
    assert stored is not None
    return replay_receipt(house, {"supervisor": Upgraded()}, stored, LATER, dry_run=dry_run)


def known(house: House) -> Session:
    session = show_session(house, IDENTIFIER)
    assert session is not None
    return session


def condemned(**changes: object) -> bytes:
    """A verdict in a word that nobody knew when it came."""
    return body(status="condemned", **changes)


def count(house: House) -> int:
    number: int = house.ledger.run(COUNT)[0][0]
    return number


def test_what_was_unrecognised_is_applied_once_it_can_be_read(house: House) -> None:
    record(house, SAMPLE)
    record(house, condemned(signedAt="2022-02-19T12:00:00.000Z"))
    assert known(house).status is Status.STOPPED

    assert replay(house, 2) == "applied"
    assert (known(house).status, known(house).updated_at) == (Status.REJECTED, LATER)
    assert house.ledger.run(MADE) == [(2, "applied", "replay", 3)]
    assert house.ledger.run(DECIDED) == [("replay",)]


def test_it_is_safe_to_repeat(house: House) -> None:
    record(house, condemned())
    replay(house, 1)
    before = known(house)

    assert [replay(house, 1) for _ in range(3)] == ["duplicate"] * 3
    assert (known(house), count(house)) == (before, 2)


def test_the_old_receipt_stays_as_it_is_and_everything_verifies(house: House) -> None:
    record(house, condemned())
    replay(house, 1)

    assert house.ledger.run(Statement("SELECT verdict FROM receipt WHERE id = 1")) == [("unrecognised",)]
    assert list(Verification(house).faults(lambda _: None)) == []


def test_what_changes_nothing_leaves_nothing(house: House) -> None:
    record(house, rejected(comment="read anew"))
    for said in (body(status="started", signedAt=None, stoppedAt=None), body(status="new"), b"{"):
        record(house, said)

    assert [replay(house, number) for number in (1, 2, 3, 4)] == ["duplicate", "stale", "unrecognised", "invalid"]
    assert count(house) == 4


def test_a_dry_run_says_the_same_and_writes_nothing(house: House) -> None:
    record(house, condemned())

    assert replay(house, 1, dry_run=True) == "applied"
    assert (count(house), show_session(house, IDENTIFIER)) == (1, None)


def test_of_two_that_nothing_orders_the_one_that_came_first_overrules_nothing(house: House) -> None:
    """The later arrival wins between unsigned verdicts, and a replay does not make an arrival later."""
    record(house, condemned(signedAt=None))
    record(house, body(status="accepted", signedAt=None))

    replay(house, 1)

    assert known(house).status is Status.ACCEPTED


def test_of_two_that_nothing_orders_the_one_that_came_last_still_wins(house: House) -> None:
    record(house, body(status="accepted", signedAt=None))
    record(house, condemned(signedAt=None))

    assert replay(house, 2) == "applied"
    assert known(house).status is Status.REJECTED


def test_what_was_replayed_counts_as_old_as_it_was(house: House) -> None:
    """Two verdicts that nobody could read: fed through in any order, the one that came last stands."""
    record(house, condemned(signedAt=None, score=1))
    record(house, condemned(signedAt=None, score=2))

    for number in (2, 1, 2):
        replay(house, number)

    assert known(house).facts["score"] == 2


def test_an_old_verdict_does_not_overrule_one_that_was_signed_later(house: House) -> None:
    record(house, condemned(signedAt="2022-02-19T09:00:00.000Z"))
    record(house, accepted("2022-02-19T10:00:00.000Z"))

    replay(house, 1)

    assert known(house).status is Status.ACCEPTED


@pytest.mark.parametrize("column", ["pruned_at", "erased_at"])
def test_what_was_pruned_or_erased_cannot_be_fed_through(house: House, column: str) -> None:
    record(house, condemned())
    house.ledger.run(Statement(f"UPDATE receipt SET {column} = 1"))  # noqa: S608  # our own

    assert replay(house, 1) == "pruned or erased"


def test_what_no_vendor_has_sent_is_passed_over(house: House) -> None:
    record(house, SAMPLE)
    house.ledger.run(Statement("UPDATE receipt SET vendor = 'browser'"))

    assert replay(house, 1) == "not a vendor's"


def test_what_a_replay_has_made_is_not_fed_through_again(house: House) -> None:
    record(house, condemned())
    replay(house, 1)

    assert receipts.find(house.ledger, 2) is None
    assert [each.number for each in receipts.unrecognised(house.ledger, lambda _: None)] == [1]
