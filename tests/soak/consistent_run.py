"""A small consistent run: two sessions, a report each, a lock for silence, a manual hold."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bench.reconciliation.data import (
    HeartbeatAttempt,
    ManualChange,
    PostAttempt,
    ReceivedMessage,
    ReconciliationData,
    SentData,
    SessionLog,
)
from bench.reconciliation.load_stored import load_stored_data
from bench.reconciliation.shifted_clock import ShiftedClock
from proctor_results.dependencies import Dependencies
from proctor_results.heartbeats.liveness import report_liveness
from proctor_results.heartbeats.lock_timed_out import lock_timed_out_sessions
from proctor_results.heartbeats.record_heartbeat import Heartbeat, record_heartbeat
from proctor_results.launches.launch_session import launch_session
from proctor_results.operations import operator_actions
from proctor_results.sessions.enums import OperatorAction
from tests.support.recording_target import RecordingTarget
from tests.support.reports import NOW, accepted, record, rejected
from tests.support.worker_fixtures import run_worker, wait_until

CONNECTED, DISCONNECTED, NEVER_LAUNCHED = "connected", "disconnected", "never-launched"
FIRST_REPORT = rejected(identifier=NEVER_LAUNCHED)
LAST_REPORT = rejected("2022-02-19T12:00:00.000Z", identifier=NEVER_LAUNCHED, comment="two voices")
HEARTBEAT_SECONDS, TIMEOUT_SECONDS = 10, 40
LOCKED_AT = 95.0
"""Seconds after the beginning, when the silent learner is locked."""


def time_at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def play_consistent_run(
    deps: Dependencies, recording_target: RecordingTarget
) -> ReconciliationData:
    """Play the run; one learner is always connected, one falls silent after the first heartbeat."""
    posts = [
        FIRST_REPORT,
        LAST_REPORT,
        accepted(identifier=CONNECTED),
        accepted(identifier=CONNECTED),
    ]
    record(deps, posts[0])
    deliver_all(deps)
    sessions = {
        CONNECTED: _play_session(deps, CONNECTED, range(0, int(LOCKED_AT), HEARTBEAT_SECONDS)),
        DISCONNECTED: _play_session(deps, DISCONNECTED, [0]),
    }
    for second in range(0, int(LOCKED_AT), 5):
        report_liveness(deps, time_at(second), time_at(second))
    assert lock_timed_out_sessions(deps, 10, time_at(LOCKED_AT)) == [DISCONNECTED]
    for body in posts[1:]:
        record(deps, body, time_at(LOCKED_AT))
    attribution = operator_actions.Attribution(actor="office", reason="soak 1")
    operator_actions.act(deps, CONNECTED, OperatorAction.HOLD, attribution, time_at(LOCKED_AT))
    deliver_all(deps)
    return ReconciliationData(
        sent=SentData(
            posts=[PostAttempt(body=body, status=200) for body in posts],
            session_logs={
                identifier: replace(session, is_disconnected=identifier == DISCONNECTED)
                for identifier, session in sessions.items()
            },
            manual_changes=[ManualChange(identifier=CONNECTED, note="soak 1")],
            manually_held={CONNECTED},
        ),
        stored=load_stored_data(deps.database),
        received=[
            ReceivedMessage(webhook_id, json.dumps(message).encode())
            for webhook_id, message in recording_target.received
        ],
        feed_revisions={CONNECTED: [2, 4], DISCONNECTED: [3], NEVER_LAUNCHED: [1, 2]},
        clock=ShiftedClock(origin=NOW.timestamp()),
        timeout_seconds=TIMEOUT_SECONDS,
    )


def deliver_all(deps: Dependencies) -> None:
    with run_worker(deps, now=lambda: time_at(LOCKED_AT)):
        wait_until(lambda: not load_stored_data(deps.database).pending_deliveries)


def _play_session(deps: Dependencies, identifier: str, seconds: Sequence[int]) -> SessionLog:
    launch_session(deps, identifier, "supervisor", {"student": f"learner-{identifier}"}, time_at(0))
    for second in seconds:
        record_heartbeat(deps, Heartbeat(identifier=identifier, launch=1), time_at(second))
    heartbeats = [
        HeartbeatAttempt(launch=1, sent=second, ended=second + 0.1, was_answered=True)
        for second in seconds
    ]
    return SessionLog(
        identifier=identifier,
        student="",
        first_heartbeat_at=time_at(0),
        launch_attempts=1,
        answered_launches=1,
        heartbeats=heartbeats,
    )
