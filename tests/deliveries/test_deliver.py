"""Telling targets, on both databases; time is told."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from proctor_results.database.statement import Statement
from proctor_results.deliveries import targets_store
from proctor_results.deliveries.deliver import claim_due, record_results, release, send
from proctor_results.deliveries.manage import list_pending
from proctor_results.deliveries.model import AttemptResult, LeaseExpired
from proctor_results.deliveries.queue import LEASE_DURATION
from proctor_results.deliveries.retry_schedule import PAUSE_AFTER_FAILURES
from proctor_results.deliveries.targets.base import (
    CALL_TIMEOUT,
    Delivered,
    Gone,
    NotSendable,
    PushResult,
    Refused,
    Unreachable,
)
from proctor_results.dependencies import Dependencies
from proctor_results.worker.registration import register_worker
from tests.support.recording_target import RecordingTarget
from tests.support.reports import IDENTIFIER, NOW, SAMPLE, accepted, body, record, rejected

ROWS = Statement(
    "SELECT topic, desired_revision, delivered_revision, failure_count, next_attempt_at IS NULL FROM delivery ORDER BY topic"
)
ATTEMPTS = Statement("SELECT revision, result, status FROM attempt ORDER BY id")
DOWN: PushResult = Unreachable(detail="answered 503", status=503)


@pytest.fixture
def at_work(deps: Dependencies, recording_target: RecordingTarget) -> Dependencies:
    """A house whose worker has met the target."""
    register_worker(deps, "worker-1", NOW)
    return deps


def rows(deps: Dependencies) -> list[tuple[str, int, int | None, int, bool]]:
    return [
        (topic, wanted, had, failed, bool(rest))
        for topic, wanted, had, failed, rest in deps.database.fetch(ROWS)
    ]


def work(deps: Dependencies, now: datetime, seconds: float = 0.0) -> int:
    """One round of a worker; how many messages it carried."""
    (target,) = deps.targets
    claims = claim_due(deps, target, 10, now)
    record_results(
        deps,
        [
            AttemptResult(claim=each, result=send(target, each, now), at=now, seconds=seconds)
            for each in claims
        ],
        0,
    )
    return len(claims)


def test_what_is_due_is_told_once(at_work: Dependencies, recording_target: RecordingTarget) -> None:
    record(at_work, rejected())

    assert work(at_work, NOW) == 2
    assert work(at_work, NOW) == 0
    assert sorted(recording_target.message_ids) == [
        f"{IDENTIFIER}.lock.1",
        f"{IDENTIFIER}.outcome.1",
    ]
    assert rows(at_work) == [("lock", 1, 1, 0, True), ("outcome", 1, 1, 0, True)]


def test_a_target_that_was_away_is_told_the_newest_state_only(
    at_work: Dependencies, recording_target: RecordingTarget
) -> None:
    for said in (SAMPLE, accepted(), rejected()):
        record(at_work, said)

    work(at_work, NOW)

    assert sorted(recording_target.message_ids) == [
        f"{IDENTIFIER}.lock.3",
        f"{IDENTIFIER}.outcome.3",
    ]
    assert recording_target.latest_data("outcome")["outcome"] == "rejected"
    assert recording_target.latest_data("lock")["locked"] is True


def test_a_change_while_a_message_is_in_the_air_is_told_after_it_lands(
    at_work: Dependencies, recording_target: RecordingTarget
) -> None:
    record(at_work, SAMPLE)
    (in_the_air,) = claim_due(at_work, recording_target, 10, NOW)
    record(at_work, accepted(), NOW)

    assert claim_due(at_work, recording_target, 10, NOW) == []
    record_results(
        at_work,
        [AttemptResult(claim=in_the_air, result=Delivered(status=200), at=NOW, seconds=0)],
        0,
    )

    assert rows(at_work) == [("outcome", 2, 1, 0, False)]
    assert work(at_work, NOW) == 1
    assert recording_target.latest_data("outcome")["outcome"] == "accepted"


def test_a_failure_is_tried_again_as_the_schedule_says(
    at_work: Dependencies, recording_target: RecordingTarget
) -> None:
    recording_target.results = [DOWN, DOWN]
    record(at_work, SAMPLE)

    assert [work(at_work, NOW + timedelta(seconds=at)) for at in (0, 4, 5, 34, 35)] == [
        1,
        0,
        1,
        0,
        1,
    ]
    assert at_work.database.fetch(ATTEMPTS) == [
        (1, "unreachable", 503),
        (1, "unreachable", 503),
        (1, "delivered", 200),
    ]


def test_after_72_hours_a_message_waits_for_a_person(
    at_work: Dependencies, recording_target: RecordingTarget
) -> None:
    record(at_work, SAMPLE)
    work(at_work, NOW)
    record(at_work, accepted(), NOW)
    recording_target.results = [DOWN]

    work(at_work, NOW + timedelta(hours=72))

    assert rows(at_work) == [("outcome", 2, 1, 1, True)]


def test_a_refusal_is_tried_three_times(
    at_work: Dependencies, recording_target: RecordingTarget
) -> None:
    recording_target.results = [Refused(status=422, detail="answered 422")] * 9
    record(at_work, SAMPLE)

    tried = [work(at_work, NOW + timedelta(hours=hour)) for hour in range(6)]

    assert tried == [1, 1, 1, 0, 0, 0]
    assert rows(at_work) == [("outcome", 1, None, 3, True)]


def test_news_gives_an_exhausted_message_another_life(
    at_work: Dependencies, recording_target: RecordingTarget
) -> None:
    recording_target.results = [Refused(status=422, detail="answered 422")] * 3
    record(at_work, SAMPLE)
    for hour in range(3):
        work(at_work, NOW + timedelta(hours=hour))

    record(at_work, accepted(), NOW + timedelta(hours=4))

    assert work(at_work, NOW + timedelta(hours=4)) == 1
    assert rows(at_work) == [("outcome", 2, 2, 0, True)]


def test_a_message_that_cannot_be_made_waits_for_news_and_is_no_fault_of_the_targets(
    at_work: Dependencies, recording_target: RecordingTarget
) -> None:
    recording_target.results = [NotSendable(detail="not sent: no course is known yet")]
    record(at_work, SAMPLE)
    work(at_work, NOW)

    assert work(at_work, NOW + timedelta(days=1)) == 0
    assert [each.last_detail for each in list_pending(at_work, 10)] == [
        "not sent: no course is known yet"
    ]
    assert targets_store.get_state(at_work.database, "listener").failure_count == 0
    record(at_work, accepted(), NOW)
    assert work(at_work, NOW) == 1


def test_410_stops_the_target_and_loses_nothing(
    at_work: Dependencies, recording_target: RecordingTarget
) -> None:
    recording_target.results = [Gone(status=410, detail="answered 410")]
    record(at_work, SAMPLE)
    work(at_work, NOW)

    assert work(at_work, NOW + timedelta(days=1)) == 0
    targets_store.enable(at_work.database, "listener")
    assert work(at_work, NOW + timedelta(days=1)) == 1


def test_a_stopped_target_is_trusted_again_at_a_new_address(
    at_work: Dependencies, recording_target: RecordingTarget
) -> None:
    recording_target.results = [Gone(status=410, detail="answered 410")]
    record(at_work, SAMPLE)
    work(at_work, NOW)

    register_worker(at_work, "worker-2", NOW)
    assert work(at_work, NOW) == 0
    moved = replace(at_work, targets=(RecordingTarget(url="https://new.example/hook"),))
    register_worker(moved, "worker-3", NOW)
    assert work(moved, NOW) == 1


def fail_until_paused(deps: Dependencies, recording_target: RecordingTarget) -> datetime:
    """New sessions keep coming while the target is down, until it is left alone; that moment."""
    now = NOW
    for number in range(PAUSE_AFTER_FAILURES):
        now += timedelta(seconds=1)
        record(deps, body(identifier=f"session-{number}"), now)
        recording_target.results = [DOWN] * 10
        work(deps, now)
    return now


def test_a_failing_target_is_paused_then_probed_with_one_message(
    at_work: Dependencies, recording_target: RecordingTarget
) -> None:
    now = fail_until_paused(at_work, recording_target)
    for number in range(20):
        record(at_work, body(identifier=f"later-{number}"), now)

    assert work(at_work, now + timedelta(seconds=9)) == 0
    assert work(at_work, now + timedelta(seconds=10)) == 1


def test_a_probe_that_arrives_lets_everything_go_at_once(
    at_work: Dependencies, recording_target: RecordingTarget
) -> None:
    now = fail_until_paused(at_work, recording_target)
    recording_target.results = []

    assert work(at_work, now + timedelta(seconds=10)) == 1
    assert work(at_work, now + timedelta(seconds=10)) == PAUSE_AFTER_FAILURES - 1
    assert all(delivered for _, _, delivered, _, _ in rows(at_work))


def test_messages_that_fail_together_count_as_one_failure(
    at_work: Dependencies, recording_target: RecordingTarget
) -> None:
    for number in range(PAUSE_AFTER_FAILURES * 2):
        record(at_work, body(identifier=f"session-{number}"))
    recording_target.results = [DOWN] * PAUSE_AFTER_FAILURES * 2

    work(at_work, NOW + timedelta(seconds=15), seconds=15)

    assert targets_store.get_state(at_work.database, "listener").failure_count == 1


def test_what_was_in_hand_when_the_target_began_to_rest_makes_no_longer_rest(
    at_work: Dependencies, recording_target: RecordingTarget
) -> None:
    in_hand = PAUSE_AFTER_FAILURES * 2
    for number in range(in_hand):
        record(at_work, body(identifier=f"session-{number}"))
    recording_target.results = [DOWN] * in_hand
    moments = [NOW + timedelta(milliseconds=number) for number in range(in_hand)]

    claims = claim_due(at_work, recording_target, in_hand, NOW)
    for each, at in zip(claims, moments, strict=True):
        record_results(
            at_work,
            [AttemptResult(claim=each, result=send(recording_target, each, at), at=at, seconds=0)],
            0,
        )

    assert (
        targets_store.get_state(at_work.database, "listener").failure_count == PAUSE_AFTER_FAILURES
    )
    assert work(at_work, moments[-1] + timedelta(seconds=10)) == 1


def test_each_probe_that_fails_makes_the_rest_longer(
    at_work: Dependencies, recording_target: RecordingTarget
) -> None:
    now = fail_until_paused(at_work, recording_target)
    recording_target.results = [DOWN] * 2

    for seconds in (10, 30):
        assert work(at_work, now + timedelta(seconds=seconds - 1)) == 0
        now += timedelta(seconds=seconds)
        assert work(at_work, now) == 1
    assert (
        targets_store.get_state(at_work.database, "listener").failure_count
        == PAUSE_AFTER_FAILURES + 2
    )


def test_retry_after_rests_the_whole_target(
    at_work: Dependencies, recording_target: RecordingTarget
) -> None:
    recording_target.results = [
        Unreachable(detail="answered 429", status=429, retry_after=timedelta(minutes=1))
    ]
    record(at_work, SAMPLE)
    work(at_work, NOW)
    record(at_work, body(identifier="another"), NOW)

    assert work(at_work, NOW + timedelta(seconds=59)) == 0
    assert work(at_work, NOW + timedelta(seconds=60)) == 1


def test_a_dead_workers_claim_is_taken_over_when_its_lease_ends(
    at_work: Dependencies, recording_target: RecordingTarget
) -> None:
    record(at_work, SAMPLE)
    claim_due(at_work, recording_target, 10, NOW)

    assert work(at_work, NOW + timedelta(seconds=19)) == 0
    assert work(at_work, NOW + timedelta(seconds=20)) == 1


def test_a_worker_that_outlived_its_lease_settles_nothing(
    at_work: Dependencies, recording_target: RecordingTarget
) -> None:
    record(at_work, SAMPLE)
    (lost,) = claim_due(at_work, recording_target, 10, NOW)
    later = NOW + timedelta(seconds=30)
    (taken,) = claim_due(at_work, recording_target, 10, later)

    record_results(at_work, [AttemptResult(claim=lost, result=DOWN, at=later, seconds=30)], 0)
    assert rows(at_work) == [("outcome", 1, None, 0, False)]
    record_results(
        at_work, [AttemptResult(claim=taken, result=Delivered(status=200), at=later, seconds=0)], 0
    )
    assert rows(at_work) == [("outcome", 1, 1, 0, True)]


def test_a_worker_that_stood_still_sends_nothing_that_could_land_after_its_lease(
    at_work: Dependencies, recording_target: RecordingTarget
) -> None:
    record(at_work, SAMPLE)
    (claimed,) = claim_due(at_work, recording_target, 10, NOW)
    late = NOW + LEASE_DURATION - CALL_TIMEOUT + timedelta(milliseconds=1)

    result = send(recording_target, claimed, late)
    record_results(at_work, [AttemptResult(claim=claimed, result=result, at=late, seconds=0)], 0)

    assert (result, recording_target.received) == (LeaseExpired(), [])
    assert rows(at_work) == [("outcome", 1, None, 0, False)]
    assert work(at_work, late) == 1


def test_what_is_given_back_is_due_at_once(
    at_work: Dependencies, recording_target: RecordingTarget
) -> None:
    record(at_work, SAMPLE)

    release(at_work, claim_due(at_work, recording_target, 10, NOW))

    assert work(at_work, NOW) == 1


def test_two_workers_never_claim_the_same_message(
    at_work: Dependencies, recording_target: RecordingTarget
) -> None:
    for number in range(30):
        record(at_work, body(identifier=f"session-{number}"))

    claims = [
        [each.delivery_id for each in claim_due(at_work, recording_target, 10, NOW)]
        for _ in range(4)
    ]

    assert [len(some) for some in claims] == [10, 10, 10, 0]
    assert len({each for some in claims for each in some}) == 30


@pytest.mark.parametrize(
    "result", [Delivered(status=204), DOWN, Refused(status=400, detail="answered 400")], ids=str
)
def test_every_try_is_kept_as_an_attempt(
    at_work: Dependencies, recording_target: RecordingTarget, result: PushResult
) -> None:
    recording_target.results = [result]
    record(at_work, SAMPLE)

    work(at_work, NOW)

    assert at_work.database.fetch(ATTEMPTS) == [(1, type(result).__name__.lower(), result.status)]


def test_what_was_given_up_is_tried_again_at_a_new_address(
    at_work: Dependencies, recording_target: RecordingTarget
) -> None:
    recording_target.results = [Refused(status=405, detail="answered 405")] * 3
    record(at_work, SAMPLE)
    for hour in range(3):
        work(at_work, NOW + timedelta(hours=hour))

    moved = replace(at_work, targets=(RecordingTarget(url="https://new.example/hook"),))
    register_worker(moved, "worker-2", NOW + timedelta(hours=4))

    assert work(moved, NOW + timedelta(hours=4)) == 1
