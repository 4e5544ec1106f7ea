"""The worker as a whole, on both databases."""

import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from types import FrameType
from typing import Any

import pytest

from proctor_results.flows import LedgerAway
from proctor_results.flows.house import House
from proctor_results.lms.base import Unreachable
from proctor_results.store import sessions, workers
from proctor_results.store.ledger import Ledger
from proctor_results.store.statement import Statement
from proctor_results.worker import BEAT_EVERY, Worker
from tests.listeners import Listener
from tests.reports import IDENTIFIER, NOW, accepted, body, record, rejected
from tests.workplace import Clock, Gate, Stumbler, away, until, working

UNTOLD = Statement("SELECT COUNT(*) FROM delivery WHERE target = 'listener' AND COALESCE(delivered, 0) < wanted")
LEASED = Statement("SELECT COUNT(*) FROM delivery WHERE lease IS NOT NULL")
DUE = Statement("SELECT COUNT(*) FROM delivery WHERE due_at IS NOT NULL")
ATTEMPTS = Statement("SELECT result, detail FROM attempt ORDER BY id")
SEALED = Statement("SELECT covers FROM checkpoint")
BROKEN = Statement(
    "INSERT INTO checkpoint (previous, at, covers, last, digest) VALUES ('none', 0, 'x', 'x', 'x') RETURNING id"
)
DOWN = Unreachable(detail="answered 503", status=503)

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""Nothing in it depends on the database."""


def untold(house: House) -> int:
    count: int = house.ledger.run(UNTOLD)[0][0]
    return count


def test_it_tells_what_is_due(house: House, listener: Listener) -> None:
    record(house, rejected())

    with working(house):
        until(lambda: not untold(house))

    assert sorted(listener.ids) == [f"{IDENTIFIER}.lock.1", f"{IDENTIFIER}.outcome.1"]


def test_it_tells_what_becomes_due_while_it_works(house: House, listener: Listener) -> None:
    with working(house):
        for revision, said in enumerate((accepted(), rejected()), start=1):
            record(house, said)
            until(lambda: not untold(house))
            assert listener.newest("outcome")["revision"] == revision


def test_it_tries_again_when_the_clock_says_so(house: House, listener: Listener) -> None:
    clock = Clock()
    listener.answers = [DOWN]
    record(house, accepted())

    with working(house, now=clock):
        until(lambda: house.ledger.run(ATTEMPTS))
        assert untold(house) == 1
        clock.time += timedelta(seconds=6)
        until(lambda: not untold(house))

    assert [result for result, _ in house.ledger.run(ATTEMPTS)] == ["unreachable", "delivered"]


def test_never_more_messages_are_in_the_air_than_it_has_threads(house: House) -> None:
    gate = Gate()
    for number in range(6):
        record(house, body(identifier=f"session-{number}"))

    with working(replace(house, targets=(gate,)), threads=3):
        until(lambda: len(gate.waiting) == 3)
        gate.opened.set()
        until(lambda: not untold(house))

    assert gate.most == 3


def test_a_carrier_that_stumbles_counts_as_unreachable_and_stops_nobody_else(house: House) -> None:
    record(house, rejected())

    with working(replace(house, targets=(Stumbler(),))):
        until(lambda: len(house.ledger.run(ATTEMPTS)) >= 2)  # what has arrived may hasten the other's next try

    assert set(house.ledger.run(ATTEMPTS)) == {("delivered", ""), ("unreachable", "failed here: RuntimeError")}


def test_it_works_on_when_the_ledger_is_back(house: House, ledger: Ledger) -> None:
    clock = Clock()

    with working(house, now=clock):
        with away(ledger, "delivery"):
            asked = clock.asked
            until(lambda: clock.asked > asked + 1)
        record(house, accepted())
        until(lambda: not untold(house))


def test_what_landed_while_the_ledger_was_away_is_settled_when_it_is_back(
    house: House, listener: Listener, ledger: Ledger
) -> None:
    worker = Worker(house, "worker-1", 2, Clock())
    record(house, rejected())
    worker.look()

    with away(ledger, "attempt"):
        until(lambda: fails(worker.look))
        assert untold(house) == 2
    until(lambda: worker.look() or not untold(house))  # type: ignore[func-returns-value]  # None, and then the fact

    assert len(listener.told) == 2


def fails(step: Callable[[], None]) -> bool:
    try:
        step()
    except LedgerAway:
        return True
    return False


def test_a_stopped_worker_lets_land_what_is_in_the_air_and_settles_it(house: House) -> None:
    gate = Gate()
    record(house, rejected())

    with working(replace(house, targets=(gate,))) as worker:
        until(lambda: len(gate.waiting) == 2)
        worker.stop()
        threading.Timer(0.1, gate.opened.set).start()

    assert untold(house) == 0
    assert house.ledger.run(LEASED) == [(0,)]


def test_a_stopped_worker_leaves_the_rest_to_the_next_one_at_once(house: House) -> None:
    gate = Gate()
    for number in range(6):
        record(house, body(identifier=f"session-{number}"))

    with working(replace(house, targets=(gate,))) as worker:
        until(lambda: len(gate.waiting) == 2)
        worker.stop()
        gate.opened.set()

    assert house.ledger.run(LEASED) == [(0,)]
    assert house.ledger.run(DUE) == [(untold(house),)] != [(0,)]


def test_a_worker_is_seen_while_it_works_and_no_longer(house: House) -> None:
    with working(house):
        until(lambda: workers.last_seen(house.ledger))
        assert workers.last_seen(house.ledger) == NOW

    assert workers.last_seen(house.ledger) is None


def test_a_worker_seals_what_was_written(house: House) -> None:
    record(house, accepted())

    with working(house):
        until(lambda: house.ledger.run(SEALED))

    assert house.ledger.run(SEALED) == [('{"receipt":"1","decision":"1"}',)]


def test_a_checkpoint_that_somebody_has_broken_does_not_stop_a_worker(house: House) -> None:
    house.ledger.run(BROKEN)
    record(house, accepted())
    worker = Worker(house, "worker-1", 2, Clock())

    for _ in range(3):
        worker.look()


def test_a_worker_is_seen_every_five_seconds_not_at_every_look(house: House) -> None:
    clock = Clock()
    worker = Worker(house, "worker-1", 2, clock)
    seen = []

    for moment in (NOW, NOW + BEAT_EVERY - timedelta(milliseconds=1), NOW + BEAT_EVERY):
        clock.time = moment
        worker.look()
        seen.append(workers.last_seen(house.ledger))

    assert seen == [NOW, NOW, NOW + BEAT_EVERY]


@on_sqlite
def test_a_target_that_hangs_does_not_keep_the_others_waiting(house: House, listener: Listener) -> None:
    gate = Gate(name="gate")
    both = replace(house, targets=(gate, listener))
    for number in range(6):
        record(both, body(identifier=f"session-{number}"))

    with working(both):
        try:
            until(lambda: not untold(house), seconds=3)
        finally:
            gate.opened.set()


@on_sqlite
def test_a_worker_without_a_target_is_idle_but_alive(house: House) -> None:
    with working(replace(house, targets=())):
        record(house, accepted())
        until(lambda: workers.last_seen(house.ledger))

    assert untold(house) == 1


@on_sqlite
def test_it_outlives_what_nobody_foresaw(house: House) -> None:
    def broken_at_first() -> datetime:
        if not surprises:
            surprises.append("the clock stands")
            raise OSError(surprises[0])
        return NOW

    surprises: list[str] = []
    record(house, accepted())

    with working(house, now=broken_at_first):
        until(lambda: not untold(house))


@on_sqlite
def test_it_can_be_stopped_at_any_line_as_signals_do(house: House) -> None:
    """A handler runs in the thread that it interrupts: it must not wait for a lock which that thread holds."""

    def handled(frame: FrameType, event: str, arg: object) -> Callable[..., Any]:
        if clock.asked > 1:
            worker.stop()
        return handled

    def run() -> None:
        sys.settrace(handled)
        worker.run()

    clock = Clock()
    worker = Worker(replace(house, targets=()), "worker-1", 1, clock)
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(10)

    assert not thread.is_alive()


def test_outcomes_settle_also_after_the_clock_was_set_back(house: House) -> None:
    house, moments = replace(house, settle=timedelta(minutes=1)), [NOW + timedelta(hours=1)]
    worker = Worker(house, "a worker", 1, lambda: moments[0])
    worker.look()
    record(house, accepted())

    moments[0] = NOW + timedelta(minutes=2)
    worker.look()

    settled = sessions.find(house.ledger, IDENTIFIER)
    assert settled
    assert settled.final
