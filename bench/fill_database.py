"""Fills a database with very many sessions: ten are recorded, the database copies them."""

import json
from collections.abc import Callable
from contextlib import closing
from datetime import datetime

from bench.copy_rows import COPY_INTERVAL, TEMPLATE_PREFIX, copy_rows, scattered_prefix
from proctor_results.database.connect import connect
from proctor_results.deliveries.deliver import claim_due, record_results
from proctor_results.deliveries.model import AttemptResult
from proctor_results.deliveries.targets.base import Delivered
from proctor_results.dependencies import Dependencies
from proctor_results.heartbeats.record_heartbeat import Heartbeat, record_heartbeat
from proctor_results.launches.launch_session import launch_session
from proctor_results.operations.change_feed import list_changes
from proctor_results.policies.load import default_policy
from sandbox.vendor.bodies import captured_body, to_compact_json
from tests.support.recording_target import RecordingTarget
from tests.support.reports import record

SESSIONS_PER_COPY = 10
"""Of ten sessions one is in progress, one was rejected, the others were accepted."""

_RUNNING_KIND, _REJECTED_KIND = 0, 1
_RECORDING_TARGET = RecordingTarget(name="webhook")


def fill_database(
    url: str, sessions: int, now: datetime, report_progress: Callable[[str], None]
) -> None:
    """Fill an empty database with that many sessions, to the nearest ten, dated up to `now`."""
    copies = sessions // SESSIONS_PER_COPY
    with closing(connect(url)) as database:
        deps = Dependencies(
            database=database, policy=default_policy(), targets=(_RECORDING_TARGET,)
        )
        _record_originals(deps, now - copies * COPY_INTERVAL)
        copy_rows(database, copies, now, report_progress)


def running_identifiers(sessions: int) -> list[str]:
    """Return the identifiers of the sessions in progress."""
    return [_identifier(number, _RUNNING_KIND) for number in range(sessions // SESSIONS_PER_COPY)]


def all_identifiers(sessions: int) -> list[str]:
    """Return the identifiers of all sessions."""
    return [
        _identifier(number, kind)
        for number in range(sessions // SESSIONS_PER_COPY)
        for kind in range(SESSIONS_PER_COPY)
    ]


def sample(identifiers: list[str], limit: int = 20_000) -> list[str]:
    """Return as many as a load can use, from the oldest to the newest."""
    return identifiers[:: -(-len(identifiers) // limit)]


def _record_originals(deps: Dependencies, now: datetime) -> None:
    _start_session(deps, _identifier(0, _RUNNING_KIND), now)
    for kind in range(1, SESSIONS_PER_COPY):
        record(
            deps,
            _verdict_body(
                _identifier(0, kind), "rejected" if kind == _REJECTED_KIND else "accepted"
            ),
            now,
        )
    claimed = claim_due(deps, _RECORDING_TARGET, 2 * SESSIONS_PER_COPY, now)
    results = [
        AttemptResult(claim=delivery, result=Delivered(status=200), at=now, seconds=0.02)
        for delivery in claimed
    ]
    record_results(deps, results, jitter=0)
    list_changes(deps, 0, SESSIONS_PER_COPY)


def _start_session(deps: Dependencies, identifier: str, now: datetime) -> None:
    lms_attributes = {"student": f"student-{TEMPLATE_PREFIX}", "exam": "exam-1"}
    launch_session(deps, identifier, "supervisor", lms_attributes, now)
    record_heartbeat(deps, Heartbeat(identifier=identifier, launch=1), now)


def _verdict_body(identifier: str, status: str) -> bytes:
    student = f"82e77802-08ad-42df-bb31-{TEMPLATE_PREFIX}"
    return to_compact_json(
        {
            **json.loads(captured_body()),
            "identifier": identifier,
            "student": student,
            "status": status,
        }
    )


def _identifier(number: int, kind: int) -> str:
    return f"{scattered_prefix(number)}-0000-4000-8000-{kind:012d}"
