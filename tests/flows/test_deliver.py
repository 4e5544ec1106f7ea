"""Telling targets, on both databases; time is told."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from proctor_results.domain.schedule import PAUSE_AFTER_FAILURES
from proctor_results.flows.deliver import Landing, Lapsed, carry, claim, give_back, settle
from proctor_results.flows.house import House
from proctor_results.flows.keep_watch import arrive
from proctor_results.flows.mend_deliveries import undelivered
from proctor_results.lms.base import LONGEST_CALL, Delivered, Gone, PushResult, Refused, Unreachable, Unsendable
from proctor_results.store import targets
from proctor_results.store.deliveries import LEASE
from proctor_results.store.statement import Statement
from tests.listeners import Listener
from tests.reports import IDENTIFIER, NOW, SAMPLE, accepted, body, record, rejected

ROWS = Statement("SELECT topic, wanted, delivered, failed, due_at IS NULL FROM delivery ORDER BY topic")
ATTEMPTS = Statement("SELECT revision, result, status FROM attempt ORDER BY id")
DOWN: PushResult = Unreachable(detail="answered 503", status=503)


@pytest.fixture
def at_work(house: House, listener: Listener) -> House:
    """A house whose worker has met the target."""
    arrive(house, "worker-1", NOW)
    return house


def rows(house: House) -> list[tuple[str, int, int | None, int, bool]]:
    return [(topic, wanted, had, failed, bool(rest)) for topic, wanted, had, failed, rest in house.ledger.run(ROWS)]


def work(house: House, now: datetime, seconds: float = 0.0) -> int:
    """One round of a worker; how many messages it carried."""
    (target,) = house.targets
    claims = claim(house, target, 10, now)
    settle(house, [Landing(claim=each, result=carry(target, each, now), at=now, seconds=seconds) for each in claims], 0)
    return len(claims)


def test_what_is_due_is_told_once(at_work: House, listener: Listener) -> None:
    record(at_work, rejected())

    assert work(at_work, NOW) == 2
    assert work(at_work, NOW) == 0
    assert sorted(listener.ids) == [f"{IDENTIFIER}.lock.1", f"{IDENTIFIER}.outcome.1"]
    assert rows(at_work) == [("lock", 1, 1, 0, True), ("outcome", 1, 1, 0, True)]


def test_a_target_that_was_away_is_told_the_newest_state_only(at_work: House, listener: Listener) -> None:
    for said in (SAMPLE, accepted(), rejected()):
        record(at_work, said)

    work(at_work, NOW)

    assert sorted(listener.ids) == [f"{IDENTIFIER}.lock.3", f"{IDENTIFIER}.outcome.3"]
    assert listener.newest("outcome")["outcome"] == "rejected"
    assert listener.newest("lock")["locked"] is True


def test_a_change_while_a_message_is_in_the_air_is_told_after_it_lands(at_work: House, listener: Listener) -> None:
    record(at_work, SAMPLE)
    (in_the_air,) = claim(at_work, listener, 10, NOW)
    record(at_work, accepted(), NOW)

    assert claim(at_work, listener, 10, NOW) == []
    settle(at_work, [Landing(claim=in_the_air, result=Delivered(status=200), at=NOW, seconds=0)], 0)

    assert rows(at_work) == [("outcome", 2, 1, 0, False)]
    assert work(at_work, NOW) == 1
    assert listener.newest("outcome")["outcome"] == "accepted"


def test_a_failure_is_tried_again_as_the_schedule_says(at_work: House, listener: Listener) -> None:
    listener.answers = [DOWN, DOWN]
    record(at_work, SAMPLE)

    assert [work(at_work, NOW + timedelta(seconds=at)) for at in (0, 4, 5, 34, 35)] == [1, 0, 1, 0, 1]
    assert at_work.ledger.run(ATTEMPTS) == [(1, "unreachable", 503), (1, "unreachable", 503), (1, "delivered", 200)]


def test_after_72_hours_a_message_waits_for_a_person(at_work: House, listener: Listener) -> None:
    record(at_work, SAMPLE)
    work(at_work, NOW)
    record(at_work, accepted(), NOW)
    listener.answers = [DOWN]

    work(at_work, NOW + timedelta(hours=72))

    assert rows(at_work) == [("outcome", 2, 1, 1, True)]


def test_a_refusal_is_tried_three_times(at_work: House, listener: Listener) -> None:
    listener.answers = [Refused(status=422, detail="answered 422")] * 9
    record(at_work, SAMPLE)

    tried = [work(at_work, NOW + timedelta(hours=hour)) for hour in range(6)]

    assert tried == [1, 1, 1, 0, 0, 0]
    assert rows(at_work) == [("outcome", 1, None, 3, True)]


def test_news_gives_an_exhausted_message_another_life(at_work: House, listener: Listener) -> None:
    listener.answers = [Refused(status=422, detail="answered 422")] * 3
    record(at_work, SAMPLE)
    for hour in range(3):
        work(at_work, NOW + timedelta(hours=hour))

    record(at_work, accepted(), NOW + timedelta(hours=4))

    assert work(at_work, NOW + timedelta(hours=4)) == 1
    assert rows(at_work) == [("outcome", 2, 2, 0, True)]


def test_a_message_that_cannot_be_made_waits_for_news_and_is_no_fault_of_the_targets(
    at_work: House, listener: Listener
) -> None:
    listener.answers = [Unsendable(detail="not sent: no course is known yet")]
    record(at_work, SAMPLE)
    work(at_work, NOW)

    assert work(at_work, NOW + timedelta(days=1)) == 0
    assert [each.last_detail for each in undelivered(at_work, 10)] == ["not sent: no course is known yet"]
    assert targets.state(at_work.ledger, "listener").failures == 0
    record(at_work, accepted(), NOW)
    assert work(at_work, NOW) == 1


def test_410_stops_the_target_and_loses_nothing(at_work: House, listener: Listener) -> None:
    listener.answers = [Gone(status=410, detail="answered 410")]
    record(at_work, SAMPLE)
    work(at_work, NOW)

    assert work(at_work, NOW + timedelta(days=1)) == 0
    targets.resume(at_work.ledger, "listener")
    assert work(at_work, NOW + timedelta(days=1)) == 1


def test_a_stopped_target_is_trusted_again_at_a_new_address(at_work: House, listener: Listener) -> None:
    listener.answers = [Gone(status=410, detail="answered 410")]
    record(at_work, SAMPLE)
    work(at_work, NOW)

    arrive(at_work, "worker-2", NOW)
    assert work(at_work, NOW) == 0
    moved = replace(at_work, targets=(Listener(address="https://new.example/hook"),))
    arrive(moved, "worker-3", NOW)
    assert work(moved, NOW) == 1


def fail_until_paused(house: House, listener: Listener) -> datetime:
    """New sessions keep coming while the target is down, until it is left alone; that moment."""
    now = NOW
    for number in range(PAUSE_AFTER_FAILURES):
        now += timedelta(seconds=1)
        record(house, body(identifier=f"session-{number}"), now)
        listener.answers = [DOWN] * 10
        work(house, now)
    return now


def test_a_failing_target_is_paused_then_probed_with_one_message(at_work: House, listener: Listener) -> None:
    now = fail_until_paused(at_work, listener)
    for number in range(20):
        record(at_work, body(identifier=f"later-{number}"), now)

    assert work(at_work, now + timedelta(seconds=9)) == 0
    assert work(at_work, now + timedelta(seconds=10)) == 1


def test_a_probe_that_arrives_lets_everything_go_at_once(at_work: House, listener: Listener) -> None:
    now = fail_until_paused(at_work, listener)
    listener.answers = []

    assert work(at_work, now + timedelta(seconds=10)) == 1
    assert work(at_work, now + timedelta(seconds=10)) == PAUSE_AFTER_FAILURES - 1
    assert all(delivered for _, _, delivered, _, _ in rows(at_work))


def test_messages_that_fail_together_count_as_one_failure(at_work: House, listener: Listener) -> None:
    for number in range(PAUSE_AFTER_FAILURES * 2):
        record(at_work, body(identifier=f"session-{number}"))
    listener.answers = [DOWN] * PAUSE_AFTER_FAILURES * 2

    work(at_work, NOW + timedelta(seconds=15), seconds=15)

    assert targets.state(at_work.ledger, "listener").failures == 1


def test_what_was_in_hand_when_the_target_began_to_rest_makes_no_longer_rest(
    at_work: House, listener: Listener
) -> None:
    in_hand = PAUSE_AFTER_FAILURES * 2
    for number in range(in_hand):
        record(at_work, body(identifier=f"session-{number}"))
    listener.answers = [DOWN] * in_hand
    moments = [NOW + timedelta(milliseconds=number) for number in range(in_hand)]

    claims = claim(at_work, listener, in_hand, NOW)
    for each, at in zip(claims, moments, strict=True):
        settle(at_work, [Landing(claim=each, result=carry(listener, each, at), at=at, seconds=0)], 0)

    assert targets.state(at_work.ledger, "listener").failures == PAUSE_AFTER_FAILURES
    assert work(at_work, moments[-1] + timedelta(seconds=10)) == 1


def test_each_probe_that_fails_makes_the_rest_longer(at_work: House, listener: Listener) -> None:
    now = fail_until_paused(at_work, listener)
    listener.answers = [DOWN] * 2

    for seconds in (10, 30):
        assert work(at_work, now + timedelta(seconds=seconds - 1)) == 0
        now += timedelta(seconds=seconds)
        assert work(at_work, now) == 1
    assert targets.state(at_work.ledger, "listener").failures == PAUSE_AFTER_FAILURES + 2


def test_retry_after_rests_the_whole_target(at_work: House, listener: Listener) -> None:
    listener.answers = [Unreachable(detail="answered 429", status=429, retry_after=timedelta(minutes=1))]
    record(at_work, SAMPLE)
    work(at_work, NOW)
    record(at_work, body(identifier="another"), NOW)

    assert work(at_work, NOW + timedelta(seconds=59)) == 0
    assert work(at_work, NOW + timedelta(seconds=60)) == 1


def test_a_dead_workers_claim_is_taken_over_when_its_lease_ends(at_work: House, listener: Listener) -> None:
    record(at_work, SAMPLE)
    claim(at_work, listener, 10, NOW)

    assert work(at_work, NOW + timedelta(seconds=19)) == 0
    assert work(at_work, NOW + timedelta(seconds=20)) == 1


def test_a_worker_that_outlived_its_lease_settles_nothing(at_work: House, listener: Listener) -> None:
    record(at_work, SAMPLE)
    (lost,) = claim(at_work, listener, 10, NOW)
    later = NOW + timedelta(seconds=30)
    (taken,) = claim(at_work, listener, 10, later)

    settle(at_work, [Landing(claim=lost, result=DOWN, at=later, seconds=30)], 0)
    assert rows(at_work) == [("outcome", 1, None, 0, False)]
    settle(at_work, [Landing(claim=taken, result=Delivered(status=200), at=later, seconds=0)], 0)
    assert rows(at_work) == [("outcome", 1, 1, 0, True)]


def test_a_worker_that_stood_still_sends_nothing_that_could_land_after_its_lease(
    at_work: House, listener: Listener
) -> None:
    record(at_work, SAMPLE)
    (claimed,) = claim(at_work, listener, 10, NOW)
    late = NOW + LEASE - LONGEST_CALL + timedelta(milliseconds=1)

    result = carry(listener, claimed, late)
    settle(at_work, [Landing(claim=claimed, result=result, at=late, seconds=0)], 0)

    assert (result, listener.told) == (Lapsed(), [])
    assert rows(at_work) == [("outcome", 1, None, 0, False)]
    assert work(at_work, late) == 1


def test_what_is_given_back_is_due_at_once(at_work: House, listener: Listener) -> None:
    record(at_work, SAMPLE)

    give_back(at_work, claim(at_work, listener, 10, NOW), NOW)

    assert work(at_work, NOW) == 1


def test_two_workers_never_claim_the_same_message(at_work: House, listener: Listener) -> None:
    for number in range(30):
        record(at_work, body(identifier=f"session-{number}"))

    claims = [[each.delivery_id for each in claim(at_work, listener, 10, NOW)] for _ in range(4)]

    assert [len(some) for some in claims] == [10, 10, 10, 0]
    assert len({each for some in claims for each in some}) == 30


@pytest.mark.parametrize("result", [Delivered(status=204), DOWN, Refused(status=400, detail="answered 400")], ids=str)
def test_every_try_is_kept_as_an_attempt(at_work: House, listener: Listener, result: PushResult) -> None:
    listener.answers = [result]
    record(at_work, SAMPLE)

    work(at_work, NOW)

    assert at_work.ledger.run(ATTEMPTS) == [(1, type(result).__name__.lower(), result.status)]


def test_what_was_given_up_is_tried_again_at_a_new_address(at_work: House, listener: Listener) -> None:
    listener.answers = [Refused(status=405, detail="answered 405")] * 3
    record(at_work, SAMPLE)
    for hour in range(3):
        work(at_work, NOW + timedelta(hours=hour))

    moved = replace(at_work, targets=(Listener(address="https://new.example/hook"),))
    arrive(moved, "worker-2", NOW + timedelta(hours=4))

    assert work(moved, NOW + timedelta(hours=4)) == 1
