"""Delivering messages, on both databases, with an injected time."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from proctor_results.database.statement import Statement
from proctor_results.deliveries import targets_store
from proctor_results.deliveries.deliver import claim_due, record_results, release, send
from proctor_results.deliveries.manage import list_pending
from proctor_results.deliveries.model import AttemptResult
from proctor_results.deliveries.queue import LEASE_DURATION
from proctor_results.deliveries.retry_schedule import PAUSE_AFTER_FAILURES
from proctor_results.deliveries.targets.base import (
    CALL_TIMEOUT,
    Delivered,
    Gone,
    LeaseExpired,
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
    "SELECT topic, desired_revision, delivered_revision, failure_count, next_attempt_at IS NULL"
    " FROM delivery ORDER BY topic"
)
ATTEMPTS = Statement("SELECT revision, result, status FROM attempt ORDER BY id")
DOWN: PushResult = Unreachable(detail="answered 503", status=503)


@pytest.fixture
def worker_deps(deps: Dependencies, recording_target: RecordingTarget) -> Dependencies:
    """The dependencies of a registered worker."""
    register_worker(deps, "worker-1", NOW)
    return deps


def rows(deps: Dependencies) -> list[tuple[str, int, int | None, int, bool]]:
    return [
        (topic, wanted, had, failed, bool(rest))
        for topic, wanted, had, failed, rest in deps.database.fetch(ROWS)
    ]


def work(deps: Dependencies, now: datetime, seconds: float = 0.0) -> int:
    """Run one round of a worker; return how many messages it sent."""
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


def test_a_due_message_is_sent_once(
    worker_deps: Dependencies, recording_target: RecordingTarget
) -> None:
    record(worker_deps, rejected())

    assert work(worker_deps, NOW) == 2
    assert work(worker_deps, NOW) == 0
    assert sorted(recording_target.message_ids) == [
        f"{IDENTIFIER}.lock.1",
        f"{IDENTIFIER}.outcome.1",
    ]
    assert rows(worker_deps) == [("lock", 1, 1, 0, True), ("outcome", 1, 1, 0, True)]


def test_a_target_that_was_unreachable_receives_the_newest_state_only(
    worker_deps: Dependencies, recording_target: RecordingTarget
) -> None:
    for report in (SAMPLE, accepted(), rejected()):
        record(worker_deps, report)

    work(worker_deps, NOW)

    assert sorted(recording_target.message_ids) == [
        f"{IDENTIFIER}.lock.3",
        f"{IDENTIFIER}.outcome.3",
    ]
    assert recording_target.latest_data("outcome")["outcome"] == "rejected"
    assert recording_target.latest_data("lock")["locked"] is True


def test_a_change_while_a_message_is_in_flight_is_sent_after_it(
    worker_deps: Dependencies, recording_target: RecordingTarget
) -> None:
    record(worker_deps, SAMPLE)
    (in_flight,) = claim_due(worker_deps, recording_target, 10, NOW)
    record(worker_deps, accepted(), NOW)

    assert claim_due(worker_deps, recording_target, 10, NOW) == []
    record_results(
        worker_deps,
        [AttemptResult(claim=in_flight, result=Delivered(status=200), at=NOW, seconds=0)],
        0,
    )

    assert rows(worker_deps) == [("outcome", 2, 1, 0, False)]
    assert work(worker_deps, NOW) == 1
    assert recording_target.latest_data("outcome")["outcome"] == "accepted"


def test_a_failure_is_retried_by_the_schedule(
    worker_deps: Dependencies, recording_target: RecordingTarget
) -> None:
    recording_target.results = [DOWN, DOWN]
    record(worker_deps, SAMPLE)

    assert [work(worker_deps, NOW + timedelta(seconds=at)) for at in (0, 4, 5, 34, 35)] == [
        1,
        0,
        1,
        0,
        1,
    ]
    assert worker_deps.database.fetch(ATTEMPTS) == [
        (1, "unreachable", 503),
        (1, "unreachable", 503),
        (1, "delivered", 200),
    ]


def test_after_72_hours_a_delivery_has_failed(
    worker_deps: Dependencies, recording_target: RecordingTarget
) -> None:
    record(worker_deps, SAMPLE)
    work(worker_deps, NOW)
    record(worker_deps, accepted(), NOW)
    recording_target.results = [DOWN]

    work(worker_deps, NOW + timedelta(hours=72))

    assert rows(worker_deps) == [("outcome", 2, 1, 1, True)]


def test_a_refusal_is_tried_three_times(
    worker_deps: Dependencies, recording_target: RecordingTarget
) -> None:
    recording_target.results = [Refused(status=422, detail="answered 422")] * 9
    record(worker_deps, SAMPLE)

    tried = [work(worker_deps, NOW + timedelta(hours=hour)) for hour in range(6)]

    assert tried == [1, 1, 1, 0, 0, 0]
    assert rows(worker_deps) == [("outcome", 1, None, 3, True)]


def test_news_makes_a_failed_delivery_due_again(
    worker_deps: Dependencies, recording_target: RecordingTarget
) -> None:
    recording_target.results = [Refused(status=422, detail="answered 422")] * 3
    record(worker_deps, SAMPLE)
    for hour in range(3):
        work(worker_deps, NOW + timedelta(hours=hour))

    record(worker_deps, accepted(), NOW + timedelta(hours=4))

    assert work(worker_deps, NOW + timedelta(hours=4)) == 1
    assert rows(worker_deps) == [("outcome", 2, 2, 0, True)]


def test_a_message_that_is_not_sendable_waits_for_news_and_is_no_failure_of_the_target(
    worker_deps: Dependencies, recording_target: RecordingTarget
) -> None:
    recording_target.results = [NotSendable(detail="not sent: no course is known yet")]
    record(worker_deps, SAMPLE)
    work(worker_deps, NOW)

    assert work(worker_deps, NOW + timedelta(days=1)) == 0
    assert [each.last_detail for each in list_pending(worker_deps, 10)] == [
        "not sent: no course is known yet"
    ]
    assert targets_store.get_state(worker_deps.database, "listener").failure_count == 0
    record(worker_deps, accepted(), NOW)
    assert work(worker_deps, NOW) == 1


def test_410_disables_the_target_and_keeps_its_deliveries(
    worker_deps: Dependencies, recording_target: RecordingTarget
) -> None:
    recording_target.results = [Gone(status=410, detail="answered 410")]
    record(worker_deps, SAMPLE)
    work(worker_deps, NOW)

    assert work(worker_deps, NOW + timedelta(days=1)) == 0
    targets_store.enable(worker_deps.database, "listener")
    assert work(worker_deps, NOW + timedelta(days=1)) == 1


def test_a_disabled_target_is_enabled_at_a_new_address(
    worker_deps: Dependencies, recording_target: RecordingTarget
) -> None:
    recording_target.results = [Gone(status=410, detail="answered 410")]
    record(worker_deps, SAMPLE)
    work(worker_deps, NOW)

    register_worker(worker_deps, "worker-2", NOW)
    assert work(worker_deps, NOW) == 0
    moved = replace(worker_deps, targets=(RecordingTarget(url="https://new.example/hook"),))
    register_worker(moved, "worker-3", NOW)
    assert work(moved, NOW) == 1


def fail_until_paused(deps: Dependencies, recording_target: RecordingTarget) -> datetime:
    """Let new sessions come while the target is down; return when it is paused."""
    now = NOW
    for number in range(PAUSE_AFTER_FAILURES):
        now += timedelta(seconds=1)
        record(deps, body(identifier=f"session-{number}"), now)
        recording_target.results = [DOWN] * 10
        work(deps, now)
    return now


def test_a_failing_target_is_paused_then_probed_with_one_message(
    worker_deps: Dependencies, recording_target: RecordingTarget
) -> None:
    now = fail_until_paused(worker_deps, recording_target)
    for number in range(20):
        record(worker_deps, body(identifier=f"later-{number}"), now)

    assert work(worker_deps, now + timedelta(seconds=9)) == 0
    assert work(worker_deps, now + timedelta(seconds=10)) == 1


def test_a_delivered_probe_makes_all_deliveries_due(
    worker_deps: Dependencies, recording_target: RecordingTarget
) -> None:
    now = fail_until_paused(worker_deps, recording_target)
    recording_target.results = []

    assert work(worker_deps, now + timedelta(seconds=10)) == 1
    assert work(worker_deps, now + timedelta(seconds=10)) == PAUSE_AFTER_FAILURES - 1
    assert all(delivered for _, _, delivered, _, _ in rows(worker_deps))


def test_messages_that_fail_together_count_as_one_failure(
    worker_deps: Dependencies, recording_target: RecordingTarget
) -> None:
    for number in range(PAUSE_AFTER_FAILURES * 2):
        record(worker_deps, body(identifier=f"session-{number}"))
    recording_target.results = [DOWN] * PAUSE_AFTER_FAILURES * 2

    work(worker_deps, NOW + timedelta(seconds=15), seconds=15)

    assert targets_store.get_state(worker_deps.database, "listener").failure_count == 1


def test_messages_in_flight_when_a_pause_begins_do_not_prolong_it(
    worker_deps: Dependencies, recording_target: RecordingTarget
) -> None:
    in_flight_count = PAUSE_AFTER_FAILURES * 2
    for number in range(in_flight_count):
        record(worker_deps, body(identifier=f"session-{number}"))
    recording_target.results = [DOWN] * in_flight_count
    moments = [NOW + timedelta(milliseconds=number) for number in range(in_flight_count)]

    claims = claim_due(worker_deps, recording_target, in_flight_count, NOW)
    for each, at in zip(claims, moments, strict=True):
        record_results(
            worker_deps,
            [AttemptResult(claim=each, result=send(recording_target, each, at), at=at, seconds=0)],
            0,
        )

    assert (
        targets_store.get_state(worker_deps.database, "listener").failure_count
        == PAUSE_AFTER_FAILURES
    )
    assert work(worker_deps, moments[-1] + timedelta(seconds=10)) == 1


def test_each_failed_probe_prolongs_the_pause(
    worker_deps: Dependencies, recording_target: RecordingTarget
) -> None:
    now = fail_until_paused(worker_deps, recording_target)
    recording_target.results = [DOWN] * 2

    for seconds in (10, 30):
        assert work(worker_deps, now + timedelta(seconds=seconds - 1)) == 0
        now += timedelta(seconds=seconds)
        assert work(worker_deps, now) == 1
    assert (
        targets_store.get_state(worker_deps.database, "listener").failure_count
        == PAUSE_AFTER_FAILURES + 2
    )


def test_retry_after_pauses_the_whole_target(
    worker_deps: Dependencies, recording_target: RecordingTarget
) -> None:
    recording_target.results = [
        Unreachable(detail="answered 429", status=429, retry_after=timedelta(minutes=1))
    ]
    record(worker_deps, SAMPLE)
    work(worker_deps, NOW)
    record(worker_deps, body(identifier="another"), NOW)

    assert work(worker_deps, NOW + timedelta(seconds=59)) == 0
    assert work(worker_deps, NOW + timedelta(seconds=60)) == 1


def test_the_lease_of_a_killed_worker_expires(
    worker_deps: Dependencies, recording_target: RecordingTarget
) -> None:
    record(worker_deps, SAMPLE)
    claim_due(worker_deps, recording_target, 10, NOW)

    assert work(worker_deps, NOW + timedelta(seconds=19)) == 0
    assert work(worker_deps, NOW + timedelta(seconds=20)) == 1


def test_a_worker_whose_lease_expired_changes_no_delivery(
    worker_deps: Dependencies, recording_target: RecordingTarget
) -> None:
    record(worker_deps, SAMPLE)
    (expired_claim,) = claim_due(worker_deps, recording_target, 10, NOW)
    later = NOW + timedelta(seconds=30)
    (newer_claim,) = claim_due(worker_deps, recording_target, 10, later)

    record_results(
        worker_deps, [AttemptResult(claim=expired_claim, result=DOWN, at=later, seconds=30)], 0
    )
    assert rows(worker_deps) == [("outcome", 1, None, 0, False)]
    record_results(
        worker_deps,
        [AttemptResult(claim=newer_claim, result=Delivered(status=200), at=later, seconds=0)],
        0,
    )
    assert rows(worker_deps) == [("outcome", 1, 1, 0, True)]


def test_a_suspended_worker_sends_nothing_that_could_outlast_its_lease(
    worker_deps: Dependencies, recording_target: RecordingTarget
) -> None:
    record(worker_deps, SAMPLE)
    (claimed,) = claim_due(worker_deps, recording_target, 10, NOW)
    late = NOW + LEASE_DURATION - CALL_TIMEOUT + timedelta(milliseconds=1)

    result = send(recording_target, claimed, late)
    record_results(
        worker_deps, [AttemptResult(claim=claimed, result=result, at=late, seconds=0)], 0
    )

    assert (result, recording_target.received) == (LeaseExpired(), [])
    assert rows(worker_deps) == [("outcome", 1, None, 0, False)]
    assert work(worker_deps, late) == 1


def test_a_released_delivery_is_due_at_once(
    worker_deps: Dependencies, recording_target: RecordingTarget
) -> None:
    record(worker_deps, SAMPLE)

    release(worker_deps, claim_due(worker_deps, recording_target, 10, NOW))

    assert work(worker_deps, NOW) == 1


def test_two_workers_never_claim_the_same_message(
    worker_deps: Dependencies, recording_target: RecordingTarget
) -> None:
    for number in range(30):
        record(worker_deps, body(identifier=f"session-{number}"))

    claims = [
        [each.delivery_id for each in claim_due(worker_deps, recording_target, 10, NOW)]
        for _ in range(4)
    ]

    assert [len(some) for some in claims] == [10, 10, 10, 0]
    assert len({each for some in claims for each in some}) == 30


@pytest.mark.parametrize(
    "result", [Delivered(status=204), DOWN, Refused(status=400, detail="answered 400")], ids=str
)
def test_every_attempt_is_stored(
    worker_deps: Dependencies, recording_target: RecordingTarget, result: PushResult
) -> None:
    recording_target.results = [result]
    record(worker_deps, SAMPLE)

    work(worker_deps, NOW)

    assert worker_deps.database.fetch(ATTEMPTS) == [
        (1, type(result).__name__.lower(), result.status)
    ]


def test_a_failed_delivery_is_retried_at_a_new_address(
    worker_deps: Dependencies, recording_target: RecordingTarget
) -> None:
    recording_target.results = [Refused(status=405, detail="answered 405")] * 3
    record(worker_deps, SAMPLE)
    for hour in range(3):
        work(worker_deps, NOW + timedelta(hours=hour))

    moved = replace(worker_deps, targets=(RecordingTarget(url="https://new.example/hook"),))
    register_worker(moved, "worker-2", NOW + timedelta(hours=4))

    assert work(moved, NOW + timedelta(hours=4)) == 1
