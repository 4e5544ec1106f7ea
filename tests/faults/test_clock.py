"""The clock is set back or forward by an hour: no learner is locked, and nothing waits for it."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from proctor_results.deliveries.deliver import claim_due
from proctor_results.deliveries.queue import LEASE_DURATION
from proctor_results.deliveries.targets.base import Unreachable
from proctor_results.dependencies import Dependencies
from proctor_results.evidence.write_checkpoints import INTERVAL, CheckpointWriter
from proctor_results.heartbeats.liveness import report_liveness
from proctor_results.heartbeats.record_heartbeat import Heartbeat, record_heartbeat
from proctor_results.launches.launch_session import launch_session
from proctor_results.metrics.readiness import check_readiness
from proctor_results.sessions import repository
from proctor_results.worker.loop import Worker
from proctor_results.worker.registration import register_worker
from tests.faults.support.fake_lms import FakeLms
from tests.faults.support.reconcile import assert_reconciled
from tests.support.installation import TIMEOUT_SECONDS, Installation
from tests.support.posting import post_continuously
from tests.support.recording_target import RecordingTarget
from tests.support.reports import NOW, SAMPLE, accepted, record
from tests.support.worker_fixtures import ManualClock, wait_until

HOUR = timedelta(hours=1)
STEP_SECONDS = 5
CLOCK_CHANGE_SECOND = 100
"""The second of an exam at which the clock is changed."""


def locked_learners(
    deps: Dependencies, clock_change: timedelta, last_heartbeat: int, web_outage: range = range(0)
) -> dict[str, int]:
    """Return the locked learners, and the second of the lock.

    One learner sends no heartbeat after `last_heartbeat`, the other is always connected. Web
    reports its liveness every 5 seconds, except during its outage; a worker runs as often.
    """
    clock = ManualClock()
    worker = Worker(replace(deps, targets=()), "worker-1", 1, clock)
    locked: dict[str, int] = {}
    for learner in ("connected", "disconnected"):
        launch_session(deps, learner, "supervisor", {"student": learner}, NOW)
    for second in range(0, 400, STEP_SECONDS):
        clock.time = (
            NOW
            + timedelta(seconds=second)
            + (clock_change if second >= CLOCK_CHANGE_SECOND else timedelta())
        )
        if second not in web_outage:
            send_heartbeats(
                deps,
                ("connected", "disconnected") if second <= last_heartbeat else ("connected",),
                clock.time,
            )
        worker.run_once()
        locked = {**dict.fromkeys(list_locked(deps), second), **locked}
    return locked


def send_heartbeats(deps: Dependencies, learners: Iterable[str], now: datetime) -> None:
    report_liveness(deps, now, now)
    for learner in learners:
        record_heartbeat(deps, Heartbeat(identifier=learner, launch=1), now)


def list_locked(deps: Dependencies) -> list[str]:
    sessions = [repository.get(deps.database, learner) for learner in ("connected", "disconnected")]
    return [session.identifier for session in sessions if session and session.locked]


@pytest.mark.parametrize("clock_change", [-HOUR, HOUR], ids=["back", "forward"])
def test_no_connected_learner_is_locked(deps: Dependencies, clock_change: timedelta) -> None:
    assert locked_learners(deps, clock_change, last_heartbeat=400) == {}


@pytest.mark.parametrize("clock_change", [-HOUR, HOUR], ids=["back", "forward"])
def test_our_own_outage_after_it_locks_no_learner(
    deps: Dependencies, clock_change: timedelta
) -> None:
    assert (
        locked_learners(
            deps,
            clock_change,
            last_heartbeat=400,
            web_outage=range(CLOCK_CHANGE_SECOND + 20, CLOCK_CHANGE_SECOND + 100),
        )
        == {}
    )


@pytest.mark.parametrize("clock_change", [-HOUR, HOUR], ids=["back", "forward"])
def test_a_disconnected_learner_is_locked_a_little_later(
    deps: Dependencies, clock_change: timedelta
) -> None:
    locked_seconds = locked_learners(
        deps, clock_change, last_heartbeat=CLOCK_CHANGE_SECOND - STEP_SECONDS
    )
    assert locked_seconds.keys() == {"disconnected"}
    assert (
        locked_seconds["disconnected"]
        < CLOCK_CHANGE_SECOND + 2 * deps.heartbeat_config.timeout.total_seconds()
    )


def test_what_fell_due_by_the_wrong_clock_is_delivered_at_once(
    deps: Dependencies, recording_target: RecordingTarget
) -> None:
    clock = ManualClock(NOW + HOUR)
    worker = Worker(deps, "worker-1", 2, clock)
    worker.run_once()
    record(deps, SAMPLE, clock.time)

    clock.time = NOW
    run_until_delivered(worker, recording_target, 1)
    record(deps, accepted(), clock.time)
    run_until_delivered(worker, recording_target, 2)
    assert recording_target.latest_data("outcome")["outcome"] == "accepted"


def test_the_lease_of_a_worker_that_died_with_a_wrong_clock_expires_in_time(
    deps: Dependencies, recording_target: RecordingTarget
) -> None:
    record(deps, SAMPLE, NOW + HOUR)
    claim_due(deps, recording_target, 10, NOW + HOUR)

    register_worker(deps, "another", NOW)

    assert (
        claim_due(deps, recording_target, 10, NOW + LEASE_DURATION - timedelta(milliseconds=1))
        == []
    )
    assert len(claim_due(deps, recording_target, 10, NOW + LEASE_DURATION)) == 1


def test_a_target_paused_by_a_wrong_clock_is_retried_in_time(
    deps: Dependencies, recording_target: RecordingTarget
) -> None:
    clock = ManualClock(NOW + HOUR)
    worker = Worker(deps, "worker-1", 2, clock)
    recording_target.results = [
        Unreachable(detail="answered 429", status=429, retry_after=timedelta(minutes=1))
    ]
    record(deps, SAMPLE, clock.time)
    run_until_delivered(worker, recording_target, 1)
    worker.run_once()

    clock.time = NOW
    worker.run_once()
    clock.time = NOW + timedelta(minutes=2)
    run_until_delivered(worker, recording_target, 2)


def test_a_worker_that_died_with_a_wrong_clock_is_not_reported_alive(deps: Dependencies) -> None:
    register_worker(deps, "dead", NOW + HOUR)
    assert not check_readiness(deps, NOW).worker_is_running

    register_worker(deps, "alive", NOW)
    assert check_readiness(deps, NOW).worker_is_running


def test_records_written_after_a_clock_change_get_a_checkpoint_in_time(deps: Dependencies) -> None:
    checkpoint_writer = CheckpointWriter(deps)
    record(deps, SAMPLE, NOW + HOUR)
    wait_until(lambda: checkpoint_writer.step(NOW + HOUR))

    record(deps, accepted(), NOW)
    wait_until(lambda: checkpoint_writer.step(NOW) or checkpoint_writer.step(NOW + INTERVAL))


def run_until_delivered(
    worker: Worker, recording_target: RecordingTarget, delivery_count: int
) -> None:
    """Run the worker until the target has received the deliveries and the results are recorded."""

    def all_delivered() -> bool:
        worker.run_once()
        return len(recording_target.received) == delivery_count

    wait_until(all_delivered)
    worker.run_once()


def test_clock_changes_under_load_lose_nothing(installation: Installation, lms: FakeLms) -> None:
    lms.delay = 0.1  # so that there is always a delivery in flight
    installation.start_web()
    installation.start_worker()
    with post_continuously(installation.post):
        for seconds_ahead in (0, -3600, 3600, 0):
            installation.set_clock(seconds_ahead)
            received_count = len(lms.received)
            wait_until(
                lambda received_count=received_count: len(lms.received) > received_count + 20,  # type: ignore[misc]  # a bound default
                TIMEOUT_SECONDS,
            )

    assert_reconciled(installation, lms)
    assert installation.statuses() == {200}
