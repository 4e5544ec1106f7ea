"""The clock set back and forward by an hour: nobody is locked for it, and nothing waits for that hour to pass again."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from proctor_results.flows.check_readiness import check_readiness
from proctor_results.flows.deliver import claim
from proctor_results.flows.house import House
from proctor_results.flows.keep_watch import arrive
from proctor_results.flows.launch_session import launch_session
from proctor_results.flows.listen import listen
from proctor_results.flows.record_heartbeat import Heartbeat, record_heartbeat
from proctor_results.flows.seal import EVERY, Sealer
from proctor_results.flows.show_session import show_session
from proctor_results.lms.base import Unreachable
from proctor_results.store.deliveries import LEASE
from proctor_results.worker import Worker
from tests.faults.lms import Lms
from tests.faults.reckoning import reckon
from tests.listeners import Listener
from tests.posting import posting
from tests.reports import NOW, SAMPLE, accepted, record
from tests.sites import PATIENCE, Site
from tests.workplace import Clock, until

HOUR = timedelta(hours=1)
STEP = 5
PUT_AT = 100
"""The second of an exam at which the clock is put."""


def exam(house: House, by: timedelta, last_beat: int, web_away: range = range(0)) -> dict[str, int]:
    """Who is locked, and in which second. From one learner nothing comes after `last_beat`; another is there always.

    Web says every 5 seconds that it is open, except while it is away; a worker looks as often.
    """
    clock = Clock()
    worker = Worker(replace(house, targets=()), "worker-1", 1, clock)
    locked: dict[str, int] = {}
    for learner in ("here", "gone"):
        launch_session(house, learner, "supervisor", {"student": learner}, NOW)
    for second in range(0, 400, STEP):
        clock.time = NOW + timedelta(seconds=second) + (by if second >= PUT_AT else timedelta())
        if second not in web_away:
            be_heard(house, ("here", "gone") if second <= last_beat else ("here",), clock.time)
        worker.look()
        locked = {**dict.fromkeys(locked_ones(house), second), **locked}
    return locked


def be_heard(house: House, learners: Iterable[str], now: datetime) -> None:
    listen(house, now, now)
    for learner in learners:
        record_heartbeat(house, Heartbeat(identifier=learner, launch=1), now)


def locked_ones(house: House) -> list[str]:
    sessions = [show_session(house, learner) for learner in ("here", "gone")]
    return [session.identifier for session in sessions if session and session.locked]


@pytest.mark.parametrize("by", [-HOUR, HOUR], ids=["back", "forward"])
def test_nobody_who_is_there_is_locked(house: House, by: timedelta) -> None:
    assert exam(house, by, last_beat=400) == {}


@pytest.mark.parametrize("by", [-HOUR, HOUR], ids=["back", "forward"])
def test_our_own_outage_after_it_locks_nobody(house: House, by: timedelta) -> None:
    assert exam(house, by, last_beat=400, web_away=range(PUT_AT + 20, PUT_AT + 100)) == {}


@pytest.mark.parametrize("by", [-HOUR, HOUR], ids=["back", "forward"])
def test_whoever_has_gone_meanwhile_is_locked_a_little_later(house: House, by: timedelta) -> None:
    locked = exam(house, by, last_beat=PUT_AT - STEP)
    assert locked.keys() == {"gone"}
    assert locked["gone"] < PUT_AT + 2 * house.rhythm.allowed.total_seconds()


def test_what_fell_due_by_the_wrong_clock_is_told_at_once(house: House, listener: Listener) -> None:
    clock = Clock(NOW + HOUR)
    worker = Worker(house, "worker-1", 2, clock)
    worker.look()
    record(house, SAMPLE, clock.time)

    clock.time = NOW
    look_until_told(worker, listener, 1)
    record(house, accepted(), clock.time)
    look_until_told(worker, listener, 2)
    assert listener.newest("outcome")["outcome"] == "accepted"


def test_the_claim_of_a_worker_that_died_by_the_wrong_clock_is_taken_over_in_time(
    house: House, listener: Listener
) -> None:
    record(house, SAMPLE, NOW + HOUR)
    claim(house, listener, 10, NOW + HOUR)

    arrive(house, "another", NOW)

    assert claim(house, listener, 10, NOW + LEASE - timedelta(milliseconds=1)) == []
    assert len(claim(house, listener, 10, NOW + LEASE)) == 1


def test_a_target_that_rests_by_the_wrong_clock_is_tried_again_in_time(house: House, listener: Listener) -> None:
    clock = Clock(NOW + HOUR)
    worker = Worker(house, "worker-1", 2, clock)
    listener.answers = [Unreachable(detail="answered 429", status=429, retry_after=timedelta(minutes=1))]
    record(house, SAMPLE, clock.time)
    look_until_told(worker, listener, 1)
    worker.look()

    clock.time = NOW
    worker.look()
    clock.time = NOW + timedelta(minutes=2)
    look_until_told(worker, listener, 2)


def test_a_worker_that_died_by_the_wrong_clock_does_not_pass_for_alive(house: House) -> None:
    arrive(house, "dead", NOW + HOUR)
    assert not check_readiness(house, NOW).worker_alive

    arrive(house, "alive", NOW)
    assert check_readiness(house, NOW).worker_alive


def test_what_is_written_by_the_right_clock_is_sealed_in_time(house: House) -> None:
    sealer = Sealer(house)
    record(house, SAMPLE, NOW + HOUR)
    until(lambda: sealer.go_on(NOW + HOUR))

    record(house, accepted(), NOW)
    until(lambda: sealer.go_on(NOW) or sealer.go_on(NOW + EVERY))


def look_until_told(worker: Worker, listener: Listener, often: int) -> None:
    """The last look settles what was told last."""

    def told() -> bool:
        worker.look()
        return len(listener.told) == often

    until(told)
    worker.look()


def test_under_load_all_goes_on(site: Site, lms: Lms) -> None:
    lms.delay = 0.1  # so that there is always something in the air
    site.web()
    site.worker()
    with posting(site.post):
        for ahead in (0, -3600, 3600, 0):
            site.set_clock(ahead)
            heard = len(lms.heard)
            until(lambda heard=heard: len(lms.heard) > heard + 20, PATIENCE)  # type: ignore[misc]  # a bound default

    reckon(site, lms)
    assert site.statuses() == {200}
