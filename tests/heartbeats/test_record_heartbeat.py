"""Launches, heartbeats and silence, on both databases; time is told."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from proctor_results.database.connect import connect
from proctor_results.database.statement import Statement
from proctor_results.dependencies import Dependencies
from proctor_results.heartbeats.liveness import report_liveness
from proctor_results.heartbeats.lock_timed_out import lock_timed_out_sessions
from proctor_results.heartbeats.record_heartbeat import (
    Heartbeat,
    HeartbeatResponse,
    record_heartbeat,
)
from proctor_results.launches.launch_session import LaunchConflict, launch_session
from proctor_results.operations.operator_actions import Attribution, release_hold
from proctor_results.sessions import repository
from proctor_results.sessions.enums import HoldKind, Status
from proctor_results.sessions.model import Session
from proctor_results.worker.registration import register_worker
from tests.support.reports import IDENTIFIER, NOW, SAMPLE, accepted, body, record

ENROLMENT = {"student": "learner-7", "exam": "exam-1", "course": None, "activity": None}
IDS = {"student": "learner-7", "course": "course-3", "exam": "exam-1", "activity": "part-1"}
DECISIONS = Statement("SELECT cause, opened, closed, actor, note FROM decision ORDER BY id")
DUE = Statement("SELECT topic, desired_revision FROM delivery ORDER BY topic")


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def launch(deps: Dependencies, seconds: float = 0, identifier: str = IDENTIFIER) -> int:
    session = launch_session(deps, identifier, "supervisor", ENROLMENT, at(seconds))
    assert isinstance(session, Session)
    return session.launch_count


def beat(
    deps: Dependencies,
    seconds: float,
    launch: int = 1,
    identifier: str = IDENTIFIER,
    **more: object,
) -> HeartbeatResponse:
    pulse = record_heartbeat(
        deps,
        Heartbeat(identifier=identifier, launch=launch, **more),  # type: ignore[arg-type]  # fields of Heartbeat
        at(seconds),
    )
    assert pulse is not None
    return pulse


def watch(deps: Dependencies, seconds: float) -> list[str]:
    """A worker looks for silent sessions, after a front door has been open all the time and others were heard from."""
    keep_hearing(deps, seconds)
    return lock_timed_out_sessions(deps, 100, at(seconds))


def keep_hearing(deps: Dependencies, until: float) -> None:
    for second in (*range(int(until) - 100, int(until), 5), until):
        report_liveness(deps, at(second), at(second))


def shown(deps: Dependencies, identifier: str = IDENTIFIER) -> Session:
    session = repository.get(deps.database, identifier)
    assert session is not None
    return session


@pytest.fixture
def listening(deps: Dependencies) -> Dependencies:
    """A front door has been open for an hour, and somebody is always heard from."""
    keep_hearing(deps, 0)
    return deps


def test_a_launched_session_waits_for_its_learner(listening: Dependencies) -> None:
    launch(listening)

    assert shown(listening).status is Status.CREATED
    assert (shown(listening).student, shown(listening).exam) == ("learner-7", "exam-1")
    assert watch(listening, 3600) == []


def test_the_first_heartbeat_starts_the_sitting(listening: Dependencies) -> None:
    launch(listening)

    pulse = beat(listening, 5)

    assert (pulse.locked, pulse.next_heartbeat_in) == (False, timedelta(seconds=10))
    assert shown(listening).status is Status.STARTED


def test_regular_heartbeats_keep_the_exam_open(listening: Dependencies) -> None:
    launch(listening)

    for second in range(0, 300, 10):
        beat(listening, second, client_count=second)
        assert watch(listening, second + 9) == []


def test_a_heartbeat_exactly_on_its_deadline_is_in_time(listening: Dependencies) -> None:
    launch(listening)
    beat(listening, 0)

    assert watch(listening, 40) == []
    assert watch(listening, 40.001) == [IDENTIFIER]


def test_silence_locks_once_and_says_why(listening: Dependencies) -> None:
    launch(listening)
    beat(listening, 0)

    assert watch(listening, 41) == [IDENTIFIER]
    assert watch(listening, 42) == []
    (hold,) = shown(listening).holds
    assert (hold.kind, hold.detail) == (
        HoldKind.DISCONNECTED,
        "no heartbeat for 41 s (allowed 40 s)",
    )
    assert ("lock", 3) in listening.database.fetch(DUE)


def test_the_old_page_does_not_unlock(listening: Dependencies) -> None:
    launch(listening)
    beat(listening, 0)
    watch(listening, 41)

    pulse = beat(listening, 50)

    assert (pulse.holds, pulse.next_heartbeat_in) == (("disconnected",), timedelta(seconds=10))
    assert shown(listening).locked


def test_a_new_launch_unlocks_when_it_is_heard_from(listening: Dependencies) -> None:
    launch(listening)
    beat(listening, 0)
    watch(listening, 41)

    assert launch(listening, 60) == 2
    assert shown(listening).locked
    assert not beat(listening, 65, launch=2).locked
    assert not shown(listening).locked
    assert listening.database.fetch(DECISIONS)[-1][0] == "heartbeat"


def test_after_a_new_launch_the_old_page_keeps_nothing_alive(listening: Dependencies) -> None:
    launch(listening)
    beat(listening, 0)
    launch(listening, 10)
    beat(listening, 12, launch=2)

    assert beat(listening, 50, launch=1) == HeartbeatResponse(
        holds=("superseded",), next_heartbeat_in=None
    )
    assert watch(listening, 53) == [IDENTIFIER]


def test_until_the_new_page_is_heard_from_the_old_one_counts(listening: Dependencies) -> None:
    launch(listening)
    beat(listening, 0)
    launch(listening, 10)
    beat(listening, 30, launch=1)

    assert watch(listening, 69) == []


def test_a_goodbye_ends_the_watch(listening: Dependencies) -> None:
    launch(listening)
    beat(listening, 0)

    assert beat(listening, 10, stop=True).next_heartbeat_in is None
    assert watch(listening, 3600) == []
    assert beat(listening, 20).next_heartbeat_in is None


def test_a_goodbye_that_crosses_the_lock_is_told_of_it(listening: Dependencies) -> None:
    launch(listening)
    beat(listening, 0)
    keep_hearing(listening, 41)

    with ThreadPoolExecutor(1) as thread:
        with listening.database.transaction():
            assert lock_timed_out_sessions(listening, 100, at(41)) == [IDENTIFIER]
            goodbye = thread.submit(_goodbye, listening)
            time.sleep(0.2)  # by then it has looked at the session, and waits for its turn to write

        assert goodbye.result().holds == ("disconnected",)


def _goodbye(deps: Dependencies) -> HeartbeatResponse:
    try:
        return beat(deps, 41, stop=True)
    finally:
        deps.database.close()


def test_a_goodbye_of_an_older_page_does_not_end_the_watch_over_the_newer(
    listening: Dependencies,
) -> None:
    launch(listening)
    beat(listening, 0)
    launch(listening, 5)
    beat(listening, 6, launch=2)

    beat(listening, 7, launch=1, stop=True)

    assert watch(listening, 60) == [IDENTIFIER]


def test_a_finished_sitting_is_not_listened_for(listening: Dependencies) -> None:
    launch(listening)
    beat(listening, 0)
    record(listening, SAMPLE.replace(b"2022-02-18", b"2026-03-03"), at(10))

    assert beat(listening, 20).next_heartbeat_in is None
    assert watch(listening, 3600) == []


def test_a_sitting_that_ends_in_silence_is_not_locked(listening: Dependencies) -> None:
    launch(listening)
    beat(listening, 0)
    record(listening, accepted(), at(10))

    assert watch(listening, 3600) == []
    assert not shown(listening).locked


def test_a_finished_sitting_that_is_launched_again_runs_again(listening: Dependencies) -> None:
    record(listening, body(student="learner-7"), at(-10))
    launch(listening)

    assert beat(listening, 5).next_heartbeat_in == timedelta(seconds=10)
    assert shown(listening).status is Status.STARTED


def test_counts_that_go_backwards_are_counted_all_the_same(listening: Dependencies) -> None:
    launch(listening)
    beat(listening, 0, client_count=17)
    beat(listening, 10, client_count=3)

    assert watch(listening, 49) == []


def test_an_unknown_session_is_not_there(listening: Dependencies) -> None:
    assert record_heartbeat(listening, Heartbeat(identifier="nobody", launch=1), NOW) is None


def test_the_pages_ids_fill_what_the_lms_left_open_and_overrule_nothing(
    listening: Dependencies,
) -> None:
    launch(listening)

    beat(listening, 0, ids={**IDS, "student": "somebody-else", "exam": "another"})

    assert (shown(listening).student, shown(listening).exam) == ("learner-7", "exam-1")
    assert shown(listening).attribute("course") == "course-3"


def test_a_person_may_release_a_disconnected_hold(listening: Dependencies) -> None:
    launch(listening)
    beat(listening, 0)
    watch(listening, 41)

    hand = Attribution(actor="exam office", reason="power cut in the building")
    session = release_hold(listening, IDENTIFIER, HoldKind.DISCONNECTED, hand, at(50))

    assert session is not None
    assert not session.locked
    assert listening.database.fetch(DECISIONS)[-1][3:] == (
        "exam office",
        "power cut in the building",
    )


def test_another_student_cannot_be_launched_into_the_session(listening: Dependencies) -> None:
    launch(listening)

    answer = launch_session(
        listening, IDENTIFIER, "supervisor", {"student": "somebody-else"}, at(1)
    )

    assert isinstance(answer, LaunchConflict)
    assert answer.field == "student"


def test_while_no_door_is_open_nobody_is_locked(listening: Dependencies) -> None:
    launch(listening)
    beat(listening, 0)

    assert lock_timed_out_sessions(listening, 100, at(3600)) == []


def many(deps: Dependencies, count: int, seconds: float) -> list[str]:
    identifiers = [f"session-{number}" for number in range(count)]
    for identifier in identifiers:
        launch(deps, seconds, identifier)
        beat(deps, seconds, identifier=identifier)
    return identifiers


def test_a_restart_in_the_middle_of_an_exam_locks_nobody_but_those_who_are_gone(
    listening: Dependencies,
) -> None:
    """1,000 live sessions; everything is away for two minutes; 990 learners are still there when it is back."""
    identifiers = many(listening, 1000, 0)
    back = 120
    report_liveness(listening, None, at(back))

    assert lock_timed_out_sessions(listening, 2000, at(back)) == []
    for second in (5, 15, 25, 35, 45):
        for identifier in identifiers[10:]:
            beat(listening, back + second, identifier=identifier)
        report_liveness(listening, at(back + second), at(back + second))
        assert lock_timed_out_sessions(listening, 2000, at(back + second - 1)) == []
    assert sorted(lock_timed_out_sessions(listening, 2000, at(back + 45.001))) == sorted(
        identifiers[:10]
    )


def test_nobody_is_silent_before_a_door_has_spoken_after_the_deadline(
    listening: Dependencies,
) -> None:
    launch(listening)
    beat(listening, 0)
    keep_hearing(listening, 39)

    assert lock_timed_out_sessions(listening, 100, at(44)) == []
    report_liveness(listening, at(44), at(44))
    assert lock_timed_out_sessions(listening, 100, at(44)) == [IDENTIFIER]


def test_a_door_that_missed_somebody_gives_everybody_the_allowed_time_again(
    listening: Dependencies,
) -> None:
    launch(listening)
    beat(listening, 0)
    keep_hearing(listening, 35)

    report_liveness(listening, at(42), at(42), heartbeat_lost=True)
    for second in (42, 52, 62, 72, 81):
        report_liveness(listening, at(second), at(second))
        assert lock_timed_out_sessions(listening, 100, at(second)) == []
    report_liveness(listening, at(82), at(82))
    assert lock_timed_out_sessions(listening, 100, at(82)) == [IDENTIFIER]


def test_two_missing_words_of_all_doors_are_an_outage(listening: Dependencies) -> None:
    launch(listening)
    beat(listening, 0)
    keep_hearing(listening, 31)

    for second in (42, 52, 62, 72, 81):
        report_liveness(listening, at(second), at(second))
        assert lock_timed_out_sessions(listening, 100, at(second)) == []
    report_liveness(listening, at(82), at(82))
    assert lock_timed_out_sessions(listening, 100, at(82)) == [IDENTIFIER]


def test_a_silence_of_everybody_at_once_is_given_the_allowed_time_once_more(
    listening: Dependencies,
) -> None:
    identifiers = many(listening, 5, 0)
    for second in range(0, 90, 10):
        report_liveness(listening, at(0), at(second))

    assert lock_timed_out_sessions(listening, 100, at(79)) == []
    assert sorted(lock_timed_out_sessions(listening, 100, at(81))) == identifiers


def test_a_clock_set_back_for_a_moment_locks_nobody_whom_it_heard_meanwhile(
    listening: Dependencies,
) -> None:
    launch(listening)
    beat(listening, 0)
    keep_hearing(listening, 100)

    beat(listening, 100 - 3600)
    keep_hearing(listening, 101 - 3600)
    assert lock_timed_out_sessions(listening, 100, at(102)) == []
    report_liveness(listening, at(100 - 3600), at(103))
    assert lock_timed_out_sessions(listening, 100, at(103)) == []

    for second in (105, 115, 125, 135, 145):
        report_liveness(listening, at(second), at(second))
    assert lock_timed_out_sessions(listening, 100, at(145.001)) == [IDENTIFIER]


def test_a_heartbeat_never_brings_the_deadline_forward(listening: Dependencies) -> None:
    """Not even where the clock has just been set back, and a worker still goes by the time before."""
    launch(listening)
    beat(listening, 0)
    keep_hearing(listening, 30)

    beat(listening, 30 - 3600)

    assert lock_timed_out_sessions(listening, 100, at(30)) == []
    keep_hearing(listening, 40.001)
    assert lock_timed_out_sessions(listening, 100, at(40.001)) == [IDENTIFIER]
    assert shown(listening).holds[0].detail == "no heartbeat for 40 s (allowed 40 s)"


def test_a_clock_set_back_for_a_moment_in_which_no_door_speaks_locks_nobody(
    listening: Dependencies,
) -> None:
    launch(listening)
    keep_hearing(listening, 100)
    beat(listening, 100)

    register_worker(listening, "worker-1", at(100 - 3600))
    assert lock_timed_out_sessions(listening, 100, at(101)) == []
    report_liveness(listening, at(100), at(102))
    assert lock_timed_out_sessions(listening, 100, at(102)) == []


def test_a_clock_set_back_does_not_make_a_shut_door_look_open(listening: Dependencies) -> None:
    launch(listening)
    beat(listening, 0)
    keep_hearing(listening, 100)
    keep_hearing(listening, 200)

    beat(listening, 100)
    report_liveness(listening, at(100), at(100))
    assert lock_timed_out_sessions(listening, 100, at(141)) == []


def test_two_workers_lock_each_silent_session_once(
    listening: Dependencies, database_url: str
) -> None:
    identifiers = many(listening, 60, 0)
    keep_hearing(listening, 41)

    def work(_: int) -> list[str]:
        own = Dependencies(
            database=connect(database_url), policy=listening.policy, targets=listening.targets
        )
        try:
            return [each for _ in range(20) for each in lock_timed_out_sessions(own, 7, at(41))]
        finally:
            own.database.close()

    with ThreadPoolExecutor(2) as workers:
        locked = [each for part in workers.map(work, range(2)) for each in part]

    assert sorted(locked) == sorted(identifiers)


def test_a_learner_cut_off_twice_is_locked_twice(listening: Dependencies) -> None:
    launch(listening)
    beat(listening, 0)
    watch(listening, 41)
    launch(listening, 60)
    beat(listening, 61, launch=2)

    assert watch(listening, 102) == [IDENTIFIER]
    assert beat(listening, 103, launch=2).locked


def test_a_page_whose_hold_a_person_released_is_listened_for_again(listening: Dependencies) -> None:
    launch(listening)
    beat(listening, 0)
    watch(listening, 41)
    release_hold(
        listening,
        IDENTIFIER,
        HoldKind.DISCONNECTED,
        Attribution(actor="exam office", reason="seen"),
        at(50),
    )

    beat(listening, 55)

    assert watch(listening, 95) == []
    assert watch(listening, 96) == [IDENTIFIER]


def test_of_two_students_launched_at_once_one_gets_the_session(
    listening: Dependencies, database_url: str
) -> None:
    def take(student: str) -> bool:
        own = Dependencies(database=connect(database_url), policy=listening.policy)
        try:
            return isinstance(
                launch_session(own, "contested", "supervisor", {"student": student}, NOW), Session
            )
        finally:
            own.database.close()

    for _ in range(5):
        with ThreadPoolExecutor(4) as threads:
            taken = list(threads.map(take, ["ann", "bob", "eve", "joe"]))
        assert taken.count(True) == 1
