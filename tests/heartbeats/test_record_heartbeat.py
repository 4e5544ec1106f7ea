"""Launches, heartbeats and silence, on both databases."""

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
from proctor_results.operations.operator_actions import Attribution, act
from proctor_results.sessions import repository
from proctor_results.sessions.enums import HoldKind, OperatorAction, Status
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


def send_heartbeat(
    deps: Dependencies,
    seconds: float,
    launch: int = 1,
    identifier: str = IDENTIFIER,
    **more: object,
) -> HeartbeatResponse:
    response = record_heartbeat(
        deps,
        Heartbeat(identifier=identifier, launch=launch, **more),  # type: ignore[arg-type]  # fields of Heartbeat
        at(seconds),
    )
    assert response is not None
    return response


def lock_silent(deps: Dependencies, seconds: float) -> list[str]:
    """Let the worker lock silent sessions, after a web process has been receiving all the time."""
    keep_receiving(deps, seconds)
    return lock_timed_out_sessions(deps, 100, at(seconds))


def keep_receiving(deps: Dependencies, until: float) -> None:
    for second in (*range(int(until) - 100, int(until), 5), until):
        report_liveness(deps, at(second), at(second))


def shown(deps: Dependencies, identifier: str = IDENTIFIER) -> Session:
    session = repository.get(deps.database, identifier)
    assert session is not None
    return session


@pytest.fixture
def listening(deps: Dependencies) -> Dependencies:
    """Return dependencies of a web process that has been receiving for a while."""
    keep_receiving(deps, 0)
    return deps


def test_a_launched_session_waits_for_its_learner(listening: Dependencies) -> None:
    launch(listening)

    assert shown(listening).status is Status.CREATED
    assert (shown(listening).student, shown(listening).exam) == ("learner-7", "exam-1")
    assert lock_silent(listening, 3600) == []


def test_the_first_heartbeat_starts_the_sitting(listening: Dependencies) -> None:
    launch(listening)

    response = send_heartbeat(listening, 5)

    assert (response.locked, response.next_heartbeat_in) == (False, timedelta(seconds=10))
    assert shown(listening).status is Status.STARTED


def test_regular_heartbeats_keep_the_exam_open(listening: Dependencies) -> None:
    launch(listening)

    for second in range(0, 300, 10):
        send_heartbeat(listening, second, client_count=second)
        assert lock_silent(listening, second + 9) == []


def test_a_heartbeat_exactly_on_its_deadline_is_in_time(listening: Dependencies) -> None:
    launch(listening)
    send_heartbeat(listening, 0)

    assert lock_silent(listening, 40) == []
    assert lock_silent(listening, 40.001) == [IDENTIFIER]


def test_silence_locks_once_and_says_why(listening: Dependencies) -> None:
    launch(listening)
    send_heartbeat(listening, 0)

    assert lock_silent(listening, 41) == [IDENTIFIER]
    assert lock_silent(listening, 42) == []
    (hold,) = shown(listening).holds
    assert (hold.kind, hold.detail) == (
        HoldKind.DISCONNECTED,
        "no heartbeat for 41 s (allowed 40 s)",
    )
    assert ("lock", 3) in listening.database.fetch(DUE)


def test_the_old_page_does_not_unlock(listening: Dependencies) -> None:
    launch(listening)
    send_heartbeat(listening, 0)
    lock_silent(listening, 41)

    response = send_heartbeat(listening, 50)

    assert (response.holds, response.next_heartbeat_in) == (
        ("disconnected",),
        timedelta(seconds=10),
    )
    assert shown(listening).locked


def test_a_new_launch_unlocks_with_its_first_heartbeat(listening: Dependencies) -> None:
    launch(listening)
    send_heartbeat(listening, 0)
    lock_silent(listening, 41)

    assert launch(listening, 60) == 2
    assert shown(listening).locked
    assert not send_heartbeat(listening, 65, launch=2).locked
    assert not shown(listening).locked
    assert listening.database.fetch(DECISIONS)[-1][0] == "heartbeat"


def test_after_a_new_launch_the_old_page_keeps_nothing_alive(listening: Dependencies) -> None:
    launch(listening)
    send_heartbeat(listening, 0)
    launch(listening, 10)
    send_heartbeat(listening, 12, launch=2)

    assert send_heartbeat(listening, 50, launch=1) == HeartbeatResponse(
        holds=("superseded",), next_heartbeat_in=None
    )
    assert lock_silent(listening, 53) == [IDENTIFIER]


def test_heartbeats_of_the_old_page_count_until_the_new_page_sends_one(
    listening: Dependencies,
) -> None:
    launch(listening)
    send_heartbeat(listening, 0)
    launch(listening, 10)
    send_heartbeat(listening, 30, launch=1)

    assert lock_silent(listening, 69) == []


def test_a_regular_stop_ends_the_heartbeat_timeout(listening: Dependencies) -> None:
    launch(listening)
    send_heartbeat(listening, 0)

    assert send_heartbeat(listening, 10, stop=True).next_heartbeat_in is None
    assert lock_silent(listening, 3600) == []
    assert send_heartbeat(listening, 20).next_heartbeat_in is None


def test_a_stop_sent_while_the_session_is_locked_is_answered_with_the_lock(
    listening: Dependencies,
) -> None:
    launch(listening)
    send_heartbeat(listening, 0)
    keep_receiving(listening, 41)

    with ThreadPoolExecutor(1) as thread:
        with listening.database.transaction():
            assert lock_timed_out_sessions(listening, 100, at(41)) == [IDENTIFIER]
            stop_response = thread.submit(_send_stop, listening)
            time.sleep(0.2)  # by then it has looked at the session, and waits for its turn to write

        assert stop_response.result().holds == ("disconnected",)


def _send_stop(deps: Dependencies) -> HeartbeatResponse:
    try:
        return send_heartbeat(deps, 41, stop=True)
    finally:
        deps.database.close()


def test_a_stop_of_an_older_page_does_not_end_the_timeout_of_the_newer_one(
    listening: Dependencies,
) -> None:
    launch(listening)
    send_heartbeat(listening, 0)
    launch(listening, 5)
    send_heartbeat(listening, 6, launch=2)

    send_heartbeat(listening, 7, launch=1, stop=True)

    assert lock_silent(listening, 60) == [IDENTIFIER]


def test_a_finished_sitting_is_not_listened_for(listening: Dependencies) -> None:
    launch(listening)
    send_heartbeat(listening, 0)
    record(listening, SAMPLE.replace(b"2022-02-18", b"2026-03-03"), at(10))

    assert send_heartbeat(listening, 20).next_heartbeat_in is None
    assert lock_silent(listening, 3600) == []


def test_a_sitting_that_ends_in_silence_is_not_locked(listening: Dependencies) -> None:
    launch(listening)
    send_heartbeat(listening, 0)
    record(listening, accepted(), at(10))

    assert lock_silent(listening, 3600) == []
    assert not shown(listening).locked


def test_a_finished_sitting_that_is_launched_again_runs_again(listening: Dependencies) -> None:
    record(listening, body(student="learner-7"), at(-10))
    launch(listening)

    assert send_heartbeat(listening, 5).next_heartbeat_in == timedelta(seconds=10)
    assert shown(listening).status is Status.STARTED


def test_counts_that_go_backwards_are_counted_all_the_same(listening: Dependencies) -> None:
    launch(listening)
    send_heartbeat(listening, 0, client_count=17)
    send_heartbeat(listening, 10, client_count=3)

    assert lock_silent(listening, 49) == []


def test_an_unknown_session_is_not_there(listening: Dependencies) -> None:
    assert record_heartbeat(listening, Heartbeat(identifier="unknown", launch=1), NOW) is None


def test_the_pages_ids_fill_what_the_lms_left_open_and_overrule_nothing(
    listening: Dependencies,
) -> None:
    launch(listening)

    send_heartbeat(listening, 0, ids={**IDS, "student": "another-learner", "exam": "another"})

    assert (shown(listening).student, shown(listening).exam) == ("learner-7", "exam-1")
    assert shown(listening).attribute("course") == "course-3"


def test_a_person_may_release_a_disconnected_hold(listening: Dependencies) -> None:
    launch(listening)
    send_heartbeat(listening, 0)
    lock_silent(listening, 41)

    attribution = Attribution(actor="exam office", reason="power cut in the building")
    session = act(
        listening,
        IDENTIFIER,
        OperatorAction.RELEASE,
        attribution,
        at(50),
        hold=HoldKind.DISCONNECTED,
    )

    assert session is not None
    assert not session.locked
    assert listening.database.fetch(DECISIONS)[-1][3:] == (
        "exam office",
        "power cut in the building",
    )


def test_another_student_cannot_be_launched_into_the_session(listening: Dependencies) -> None:
    launch(listening)

    answer = launch_session(
        listening, IDENTIFIER, "supervisor", {"student": "another-learner"}, at(1)
    )

    assert isinstance(answer, LaunchConflict)
    assert answer.field == "student"


def test_no_session_is_locked_while_no_web_process_receives(listening: Dependencies) -> None:
    launch(listening)
    send_heartbeat(listening, 0)

    assert lock_timed_out_sessions(listening, 100, at(3600)) == []


def many(deps: Dependencies, count: int, seconds: float) -> list[str]:
    identifiers = [f"session-{number}" for number in range(count)]
    for identifier in identifiers:
        launch(deps, seconds, identifier)
        send_heartbeat(deps, seconds, identifier=identifier)
    return identifiers


def test_a_restart_in_the_middle_of_an_exam_locks_only_sessions_whose_browsers_stay_silent(
    listening: Dependencies,
) -> None:
    """After an outage of two minutes, only the 10 of 1,000 sessions that stay silent are locked."""
    identifiers = many(listening, 1000, 0)
    back = 120
    report_liveness(listening, None, at(back))

    assert lock_timed_out_sessions(listening, 2000, at(back)) == []
    for second in (5, 15, 25, 35, 45):
        for identifier in identifiers[10:]:
            send_heartbeat(listening, back + second, identifier=identifier)
        report_liveness(listening, at(back + second), at(back + second))
        assert lock_timed_out_sessions(listening, 2000, at(back + second - 1)) == []
    assert sorted(lock_timed_out_sessions(listening, 2000, at(back + 45.001))) == sorted(
        identifiers[:10]
    )


def test_no_session_times_out_before_a_liveness_report_after_its_deadline(
    listening: Dependencies,
) -> None:
    launch(listening)
    send_heartbeat(listening, 0)
    keep_receiving(listening, 39)

    assert lock_timed_out_sessions(listening, 100, at(44)) == []
    report_liveness(listening, at(44), at(44))
    assert lock_timed_out_sessions(listening, 100, at(44)) == [IDENTIFIER]


def test_a_lost_heartbeat_restarts_the_timeout_of_all_sessions(
    listening: Dependencies,
) -> None:
    launch(listening)
    send_heartbeat(listening, 0)
    keep_receiving(listening, 35)

    report_liveness(listening, at(42), at(42), heartbeat_lost=True)
    for second in (42, 52, 62, 72, 81):
        report_liveness(listening, at(second), at(second))
        assert lock_timed_out_sessions(listening, 100, at(second)) == []
    report_liveness(listening, at(82), at(82))
    assert lock_timed_out_sessions(listening, 100, at(82)) == [IDENTIFIER]


def test_two_missed_liveness_reports_are_an_outage(listening: Dependencies) -> None:
    launch(listening)
    send_heartbeat(listening, 0)
    keep_receiving(listening, 31)

    for second in (42, 52, 62, 72, 81):
        report_liveness(listening, at(second), at(second))
        assert lock_timed_out_sessions(listening, 100, at(second)) == []
    report_liveness(listening, at(82), at(82))
    assert lock_timed_out_sessions(listening, 100, at(82)) == [IDENTIFIER]


def test_silence_of_all_sessions_at_once_restarts_their_timeout(
    listening: Dependencies,
) -> None:
    identifiers = many(listening, 5, 0)
    for second in range(0, 90, 10):
        report_liveness(listening, at(0), at(second))

    assert lock_timed_out_sessions(listening, 100, at(79)) == []
    assert sorted(lock_timed_out_sessions(listening, 100, at(81))) == identifiers


def test_a_clock_set_back_for_a_moment_locks_no_session_that_sent_heartbeats(
    listening: Dependencies,
) -> None:
    launch(listening)
    send_heartbeat(listening, 0)
    keep_receiving(listening, 100)

    send_heartbeat(listening, 100 - 3600)
    keep_receiving(listening, 101 - 3600)
    assert lock_timed_out_sessions(listening, 100, at(102)) == []
    report_liveness(listening, at(100 - 3600), at(103))
    assert lock_timed_out_sessions(listening, 100, at(103)) == []

    for second in (105, 115, 125, 135, 145):
        report_liveness(listening, at(second), at(second))
    assert lock_timed_out_sessions(listening, 100, at(145.001)) == [IDENTIFIER]


def test_a_heartbeat_never_brings_the_deadline_forward(listening: Dependencies) -> None:
    """A clock that was set back does not change it, although a worker still uses the old time."""
    launch(listening)
    send_heartbeat(listening, 0)
    keep_receiving(listening, 30)

    send_heartbeat(listening, 30 - 3600)

    assert lock_timed_out_sessions(listening, 100, at(30)) == []
    keep_receiving(listening, 40.001)
    assert lock_timed_out_sessions(listening, 100, at(40.001)) == [IDENTIFIER]
    assert shown(listening).holds[0].detail == "no heartbeat for 40 s (allowed 40 s)"


def test_a_clock_set_back_between_liveness_reports_locks_no_session(
    listening: Dependencies,
) -> None:
    launch(listening)
    keep_receiving(listening, 100)
    send_heartbeat(listening, 100)

    register_worker(listening, "worker-1", at(100 - 3600))
    assert lock_timed_out_sessions(listening, 100, at(101)) == []
    report_liveness(listening, at(100), at(102))
    assert lock_timed_out_sessions(listening, 100, at(102)) == []


def test_a_clock_set_back_does_not_make_a_stopped_web_process_look_live(
    listening: Dependencies,
) -> None:
    launch(listening)
    send_heartbeat(listening, 0)
    keep_receiving(listening, 100)
    keep_receiving(listening, 200)

    send_heartbeat(listening, 100)
    report_liveness(listening, at(100), at(100))
    assert lock_timed_out_sessions(listening, 100, at(141)) == []


def test_two_workers_lock_each_silent_session_once(
    listening: Dependencies, database_url: str
) -> None:
    identifiers = many(listening, 60, 0)
    keep_receiving(listening, 41)

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
    send_heartbeat(listening, 0)
    lock_silent(listening, 41)
    launch(listening, 60)
    send_heartbeat(listening, 61, launch=2)

    assert lock_silent(listening, 102) == [IDENTIFIER]
    assert send_heartbeat(listening, 103, launch=2).locked


def test_a_page_whose_hold_a_person_released_is_listened_for_again(listening: Dependencies) -> None:
    launch(listening)
    send_heartbeat(listening, 0)
    lock_silent(listening, 41)
    act(
        listening,
        IDENTIFIER,
        OperatorAction.RELEASE,
        Attribution(actor="exam office", reason="seen"),
        at(50),
        hold=HoldKind.DISCONNECTED,
    )

    send_heartbeat(listening, 55)

    assert lock_silent(listening, 95) == []
    assert lock_silent(listening, 96) == [IDENTIFIER]


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
