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

UNTOLD = Statement(
    "SELECT COUNT(*) FROM delivery WHERE target = 'listener' AND COALESCE(delivered_revision, 0) < desired_revision"
)
LEASED = Statement("SELECT COUNT(*) FROM delivery WHERE lease_token IS NOT NULL")
DUE = Statement("SELECT COUNT(*) FROM delivery WHERE next_attempt_at IS NOT NULL")
ATTEMPTS = Statement("SELECT result, detail FROM attempt ORDER BY id")
SEALED = Statement("SELECT id_ranges FROM checkpoint")
BROKEN = Statement(
    "INSERT INTO checkpoint (previous_sha256, at, id_ranges, last_ids, manifest_sha256) VALUES ('none', 0, 'x', 'x', 'x') RETURNING id"
)
DOWN = Unreachable(detail="answered 503", status=503)

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""Nothing in it depends on the database."""


def untold(deps: Dependencies) -> int:
    count: int = deps.database.fetch(UNTOLD)[0][0]
    return count


def test_it_tells_what_is_due(deps: Dependencies, recording_target: RecordingTarget) -> None:
    record(deps, rejected())

    with run_worker(deps):
        wait_until(lambda: not untold(deps))

    assert sorted(recording_target.message_ids) == [
        f"{IDENTIFIER}.lock.1",
        f"{IDENTIFIER}.outcome.1",
    ]


def test_it_tells_what_becomes_due_while_it_works(
    deps: Dependencies, recording_target: RecordingTarget
) -> None:
    with run_worker(deps):
        for revision, said in enumerate((accepted(), rejected()), start=1):
            record(deps, said)
            wait_until(lambda: not untold(deps))
            assert recording_target.latest_data("outcome")["revision"] == revision


def test_it_tries_again_when_the_clock_says_so(
    deps: Dependencies, recording_target: RecordingTarget
) -> None:
    clock = ManualClock()
    recording_target.results = [DOWN]
    record(deps, accepted())

    with run_worker(deps, now=clock):
        wait_until(lambda: deps.database.fetch(ATTEMPTS))
        assert untold(deps) == 1
        clock.time += timedelta(seconds=6)
        wait_until(lambda: not untold(deps))

    assert [result for result, _ in deps.database.fetch(ATTEMPTS)] == ["unreachable", "delivered"]


def test_never_more_messages_are_in_the_air_than_it_has_threads(deps: Dependencies) -> None:
    gate = BlockingTarget()
    for number in range(6):
        record(deps, body(identifier=f"session-{number}"))

    with run_worker(replace(deps, targets=(gate,)), threads=3):
        wait_until(lambda: len(gate.waiting_ids) == 3)
        gate.released.set()
        wait_until(lambda: not untold(deps))

    assert gate.max_waiting == 3


def test_a_carrier_that_stumbles_counts_as_unreachable_and_stops_nobody_else(
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


def test_it_works_on_when_the_ledger_is_back(deps: Dependencies, database: Database) -> None:
    clock = ManualClock()

    with run_worker(deps, now=clock):
        with without_table(database, "delivery"):
            asked = clock.call_count
            wait_until(lambda: clock.call_count > asked + 1)
        record(deps, accepted())
        wait_until(lambda: not untold(deps))


def test_what_landed_while_the_ledger_was_away_is_settled_when_it_is_back(
    deps: Dependencies, recording_target: RecordingTarget, database: Database
) -> None:
    worker = Worker(deps, "worker-1", 2, ManualClock())
    record(deps, rejected())
    worker.run_once()

    with without_table(database, "attempt"):
        wait_until(lambda: fails(worker.run_once))
        assert untold(deps) == 2
    wait_until(lambda: worker.run_once() or not untold(deps))  # type: ignore[func-returns-value]  # None, and then the fact

    assert len(recording_target.received) == 2


def fails(step: Callable[[], None]) -> bool:
    try:
        step()
    except DatabaseUnavailable:
        return True
    return False


def test_a_stopped_worker_lets_land_what_is_in_the_air_and_settles_it(deps: Dependencies) -> None:
    gate = BlockingTarget()
    record(deps, rejected())

    with run_worker(replace(deps, targets=(gate,))) as worker:
        wait_until(lambda: len(gate.waiting_ids) == 2)
        worker.stop()
        threading.Timer(0.1, gate.released.set).start()

    assert untold(deps) == 0
    assert deps.database.fetch(LEASED) == [(0,)]


def test_a_stopped_worker_leaves_the_rest_to_the_next_one_at_once(deps: Dependencies) -> None:
    gate = BlockingTarget()
    for number in range(6):
        record(deps, body(identifier=f"session-{number}"))

    with run_worker(replace(deps, targets=(gate,))) as worker:
        wait_until(lambda: len(gate.waiting_ids) == 2)
        worker.stop()
        gate.released.set()

    assert deps.database.fetch(LEASED) == [(0,)]
    assert deps.database.fetch(DUE) == [(untold(deps),)] != [(0,)]


def test_a_worker_is_seen_while_it_works_and_no_longer(deps: Dependencies) -> None:
    with run_worker(deps):
        wait_until(lambda: worker_store.last_seen(deps.database))
        assert worker_store.last_seen(deps.database) == NOW

    assert worker_store.last_seen(deps.database) is None


def test_a_worker_seals_what_was_written(deps: Dependencies) -> None:
    record(deps, accepted())

    with run_worker(deps):
        wait_until(lambda: deps.database.fetch(SEALED))

    assert deps.database.fetch(SEALED) == [('{"receipt":"1","decision":"1"}',)]


def test_a_checkpoint_that_somebody_has_broken_does_not_stop_a_worker(deps: Dependencies) -> None:
    deps.database.fetch(BROKEN)
    record(deps, accepted())
    worker = Worker(deps, "worker-1", 2, ManualClock())

    for _ in range(3):
        worker.run_once()


def test_a_worker_is_seen_every_five_seconds_not_at_every_look(deps: Dependencies) -> None:
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
def test_a_target_that_hangs_does_not_keep_the_others_waiting(
    deps: Dependencies, recording_target: RecordingTarget
) -> None:
    gate = BlockingTarget(name="gate")
    both = replace(deps, targets=(gate, recording_target))
    for number in range(6):
        record(both, body(identifier=f"session-{number}"))

    with run_worker(both):
        try:
            wait_until(lambda: not untold(deps), seconds=3)
        finally:
            gate.released.set()


@on_sqlite
def test_a_worker_without_a_target_is_idle_but_alive(deps: Dependencies) -> None:
    with run_worker(replace(deps, targets=())):
        record(deps, accepted())
        wait_until(lambda: worker_store.last_seen(deps.database))

    assert untold(deps) == 1


@on_sqlite
def test_it_outlives_what_nobody_foresaw(deps: Dependencies) -> None:
    def broken_at_first() -> datetime:
        if not surprises:
            surprises.append("the clock stands")
            raise OSError(surprises[0])
        return NOW

    surprises: list[str] = []
    record(deps, accepted())

    with run_worker(deps, now=broken_at_first):
        wait_until(lambda: not untold(deps))


@on_sqlite
def test_it_can_be_stopped_at_any_line_as_signals_do(deps: Dependencies) -> None:
    """A handler runs in the thread that it interrupts: it must not wait for a lock which that thread holds."""

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


def test_outcomes_settle_also_after_the_clock_was_set_back(deps: Dependencies) -> None:
    deps, moments = (
        replace(deps, outcome_final_after=timedelta(minutes=1)),
        [NOW + timedelta(hours=1)],
    )
    worker = Worker(deps, "a worker", 1, lambda: moments[0])
    worker.run_once()
    record(deps, accepted())

    moments[0] = NOW + timedelta(minutes=2)
    worker.run_once()

    settled = repository.get(deps.database, IDENTIFIER)
    assert settled
    assert settled.final
