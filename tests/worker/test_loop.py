"""The worker as a whole, on both databases."""

import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from types import FrameType
from typing import Any

import pytest

from proctor_results.database.connection import Database, DatabaseUnavailable
from proctor_results.database.statement import Statement
from proctor_results.deliveries.targets.base import Unreachable
from proctor_results.dependencies import Dependencies
from proctor_results.sessions import repository
from proctor_results.worker import store as worker_store
from proctor_results.worker.loop import Worker
from proctor_results.worker.steps import HEARTBEAT_INTERVAL
from tests.support.recording_target import RecordingTarget
from tests.support.reports import IDENTIFIER, NOW, accepted, body, record, rejected
from tests.support.worker_fixtures import (
    BlockingTarget,
    CrashingTarget,
    ManualClock,
    run_worker,
    wait_until,
    without_table,
)

COUNT_PENDING = Statement(
    "SELECT COUNT(*) FROM delivery"
    " WHERE target = 'listener' AND COALESCE(delivered_revision, 0) < desired_revision"
)
COUNT_LEASED = Statement("SELECT COUNT(*) FROM delivery WHERE lease_token IS NOT NULL")
COUNT_WITH_NEXT_ATTEMPT = Statement(
    "SELECT COUNT(*) FROM delivery WHERE next_attempt_at IS NOT NULL"
)
ATTEMPTS = Statement("SELECT result, detail FROM attempt ORDER BY id")
CHECKPOINTS = Statement("SELECT id_ranges FROM checkpoint")
INSERT_BROKEN_CHECKPOINT = Statement(
    "INSERT INTO checkpoint (previous_sha256, at, id_ranges, last_ids, manifest_sha256)"
    " VALUES ('none', 0, 'x', 'x', 'x') RETURNING id"
)
DOWN = Unreachable(detail="answered 503", status=503)

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""Use SQLite only, in tests that do not depend on the database."""


def count_pending(deps: Dependencies) -> int:
    count: int = deps.database.fetch(COUNT_PENDING)[0][0]
    return count


def test_it_sends_due_messages(deps: Dependencies, recording_target: RecordingTarget) -> None:
    record(deps, rejected())

    with run_worker(deps):
        wait_until(lambda: not count_pending(deps))

    assert sorted(recording_target.message_ids) == [
        f"{IDENTIFIER}.lock.1",
        f"{IDENTIFIER}.outcome.1",
    ]


def test_it_sends_messages_that_become_due_while_it_runs(
    deps: Dependencies, recording_target: RecordingTarget
) -> None:
    with run_worker(deps):
        for revision, report in enumerate((accepted(), rejected()), start=1):
            record(deps, report)
            wait_until(lambda: not count_pending(deps))
            assert recording_target.latest_data("outcome")["revision"] == revision


def test_it_retries_when_the_next_attempt_is_due(
    deps: Dependencies, recording_target: RecordingTarget
) -> None:
    clock = ManualClock()
    recording_target.results = [DOWN]
    record(deps, accepted())

    with run_worker(deps, now=clock):
        wait_until(lambda: deps.database.fetch(ATTEMPTS))
        assert count_pending(deps) == 1
        clock.time += timedelta(seconds=6)
        wait_until(lambda: not count_pending(deps))

    assert [result for result, _ in deps.database.fetch(ATTEMPTS)] == ["unreachable", "delivered"]


def test_no_more_messages_are_in_flight_than_it_has_threads(deps: Dependencies) -> None:
    blocking_target = BlockingTarget()
    for number in range(6):
        record(deps, body(identifier=f"session-{number}"))

    with run_worker(replace(deps, targets=(blocking_target,)), threads=3):
        wait_until(lambda: len(blocking_target.waiting_ids) == 3)
        blocking_target.released.set()
        wait_until(lambda: not count_pending(deps))

    assert blocking_target.max_waiting == 3


def test_a_target_that_crashes_counts_as_unreachable_and_stops_no_other_message(
    deps: Dependencies,
) -> None:
    record(deps, rejected())

    with run_worker(replace(deps, targets=(CrashingTarget(),))):
        wait_until(
            lambda: len(deps.database.fetch(ATTEMPTS)) >= 2
        )  # what has arrived may hasten the other's next try

    assert set(deps.database.fetch(ATTEMPTS)) == {
        ("delivered", ""),
        ("unreachable", "failed here: RuntimeError"),
    }


def test_it_continues_when_the_database_is_back(deps: Dependencies, database: Database) -> None:
    clock = ManualClock()

    with run_worker(deps, now=clock):
        with without_table(database, "delivery"):
            asked = clock.call_count
            wait_until(lambda: clock.call_count > asked + 1)
        record(deps, accepted())
        wait_until(lambda: not count_pending(deps))


def test_results_are_recorded_when_the_database_is_back(
    deps: Dependencies, recording_target: RecordingTarget, database: Database
) -> None:
    worker = Worker(deps, "worker-1", 2, ManualClock())
    record(deps, rejected())
    worker.run_once()

    with without_table(database, "attempt"):
        wait_until(lambda: fails(worker.run_once))
        assert count_pending(deps) == 2
    wait_until(lambda: worker.run_once() or not count_pending(deps))  # type: ignore[func-returns-value]  # None, and then the fact

    assert len(recording_target.received) == 2


def fails(step: Callable[[], None]) -> bool:
    try:
        step()
    except DatabaseUnavailable:
        return True
    return False


def test_a_stopped_worker_finishes_messages_in_flight_and_records_them(deps: Dependencies) -> None:
    blocking_target = BlockingTarget()
    record(deps, rejected())

    with run_worker(replace(deps, targets=(blocking_target,))) as worker:
        wait_until(lambda: len(blocking_target.waiting_ids) == 2)
        worker.stop()
        threading.Timer(0.1, blocking_target.released.set).start()

    assert count_pending(deps) == 0
    assert deps.database.fetch(COUNT_LEASED) == [(0,)]


def test_a_stopped_worker_releases_the_other_deliveries_at_once(deps: Dependencies) -> None:
    blocking_target = BlockingTarget()
    for number in range(6):
        record(deps, body(identifier=f"session-{number}"))

    with run_worker(replace(deps, targets=(blocking_target,))) as worker:
        wait_until(lambda: len(blocking_target.waiting_ids) == 2)
        worker.stop()
        blocking_target.released.set()

    assert deps.database.fetch(COUNT_LEASED) == [(0,)]
    assert deps.database.fetch(COUNT_WITH_NEXT_ATTEMPT) == [(count_pending(deps),)] != [(0,)]


def test_a_worker_is_registered_while_it_runs_only(deps: Dependencies) -> None:
    with run_worker(deps):
        wait_until(lambda: worker_store.last_seen(deps.database))
        assert worker_store.last_seen(deps.database) == NOW

    assert worker_store.last_seen(deps.database) is None


def test_a_worker_writes_checkpoints(deps: Dependencies) -> None:
    record(deps, accepted())

    with run_worker(deps):
        wait_until(lambda: deps.database.fetch(CHECKPOINTS))

    assert deps.database.fetch(CHECKPOINTS) == [('{"receipt":"1","decision":"1"}',)]


def test_a_broken_checkpoint_does_not_stop_a_worker(deps: Dependencies) -> None:
    deps.database.fetch(INSERT_BROKEN_CHECKPOINT)
    record(deps, accepted())
    worker = Worker(deps, "worker-1", 2, ManualClock())

    for _ in range(3):
        worker.run_once()


def test_a_worker_reports_every_five_seconds_and_not_every_round(deps: Dependencies) -> None:
    clock = ManualClock()
    worker = Worker(deps, "worker-1", 2, clock)
    seen = []

    for moment in (
        NOW,
        NOW + HEARTBEAT_INTERVAL - timedelta(milliseconds=1),
        NOW + HEARTBEAT_INTERVAL,
    ):
        clock.time = moment
        worker.run_once()
        seen.append(worker_store.last_seen(deps.database))

    assert seen == [NOW, NOW, NOW + HEARTBEAT_INTERVAL]


@on_sqlite
def test_a_target_that_hangs_does_not_delay_the_others(
    deps: Dependencies, recording_target: RecordingTarget
) -> None:
    blocking_target = BlockingTarget(name="blocking_target")
    both = replace(deps, targets=(blocking_target, recording_target))
    for number in range(6):
        record(both, body(identifier=f"session-{number}"))

    with run_worker(both):
        try:
            wait_until(lambda: not count_pending(deps), seconds=3)
        finally:
            blocking_target.released.set()


@on_sqlite
def test_a_worker_without_a_target_is_idle_but_reports(deps: Dependencies) -> None:
    with run_worker(replace(deps, targets=())):
        record(deps, accepted())
        wait_until(lambda: worker_store.last_seen(deps.database))

    assert count_pending(deps) == 1


@on_sqlite
def test_it_continues_after_an_unexpected_error(deps: Dependencies) -> None:
    def broken_at_first() -> datetime:
        if not errors:
            errors.append("the clock stands")
            raise OSError(errors[0])
        return NOW

    errors: list[str] = []
    record(deps, accepted())

    with run_worker(deps, now=broken_at_first):
        wait_until(lambda: not count_pending(deps))


@on_sqlite
def test_it_can_be_stopped_at_any_line_as_signals_do(deps: Dependencies) -> None:
    """A signal handler must not wait for a lock that the interrupted thread holds."""

    def handled(frame: FrameType, event: str, arg: object) -> Callable[..., Any]:
        if clock.call_count > 1:
            worker.stop()
        return handled

    def run() -> None:
        sys.settrace(handled)
        worker.run()

    clock = ManualClock()
    worker = Worker(replace(deps, targets=()), "worker-1", 1, clock)
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(10)

    assert not thread.is_alive()


def test_outcomes_become_final_also_after_the_clock_was_set_back(deps: Dependencies) -> None:
    deps, moments = (
        replace(deps, outcome_final_after=timedelta(minutes=1)),
        [NOW + timedelta(hours=1)],
    )
    worker = Worker(deps, "a worker", 1, lambda: moments[0])
    worker.run_once()
    record(deps, accepted())

    moments[0] = NOW + timedelta(minutes=2)
    worker.run_once()

    finalized = repository.get(deps.database, IDENTIFIER)
    assert finalized
    assert finalized.final
