"""A learner's browser says that it is there."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from proctor_results.database.connection import DatabaseUnavailable
from proctor_results.dependencies import Dependencies
from proctor_results.formats.json_value import Json
from proctor_results.heartbeats import store as heartbeat_store
from proctor_results.heartbeats.store import HeartbeatUpdate
from proctor_results.sessions import repository
from proctor_results.sessions.commit import (
    build_change_set,
    ensure_policy_stored,
    retry_on_conflict,
    try_save,
)
from proctor_results.sessions.decision import DecisionSource
from proctor_results.sessions.enums import Cause, HoldKind, Status
from proctor_results.sessions.model import Session
from proctor_results.sessions.rules.transitions import start_from_heartbeat


@dataclass(frozen=True, kw_only=True)
class Heartbeat:
    """One heartbeat: from which launch, its count, whether the page says goodbye, and the ids the page knows."""

    identifier: str
    launch: int
    client_count: int = 0
    stop: bool = False
    ids: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class HeartbeatResponse:
    """What the page is told: why the exam is locked, if it is, and when to beat again; None means never."""

    holds: tuple[str, ...]
    next_heartbeat_in: timedelta | None

    @property
    def locked(self) -> bool:
        return bool(self.holds)


SUPERSEDED_LAUNCH = "superseded"
"""What an old page is told once a newer one has been heard from: it stays covered, and need not beat any more."""

MONITORED_STATUSES = frozenset({Status.CREATED, Status.STARTED})


def record_heartbeat(
    deps: Dependencies, heartbeat: Heartbeat, now: datetime
) -> HeartbeatResponse | None:
    """Moves the deadline, in one UPDATE unless something is unusual; None where there is no such session.

    Counts that go backwards are no surprise (a page was reloaded) and change nothing: only our clock judges.
    Raises LedgerAway.
    """
    if not heartbeat.stop:
        updated = deps.database.run_write(lambda: _extend_deadline(deps, heartbeat, now))
        if updated and updated.status in MONITORED_STATUSES:
            return HeartbeatResponse(
                holds=_hold_kinds(updated.holds), next_heartbeat_in=deps.heartbeat_config.interval
            )
    return _handle_other_cases(deps, heartbeat, now)


def _extend_deadline(
    deps: Dependencies, heartbeat: Heartbeat, now: datetime
) -> HeartbeatUpdate | None:
    deadline = deps.heartbeat_config.deadline(now)
    return heartbeat_store.extend_deadline(
        deps.database, heartbeat.identifier, heartbeat.launch, heartbeat.client_count, deadline, now
    )


def _handle_other_cases(
    deps: Dependencies, heartbeat: Heartbeat, now: datetime
) -> HeartbeatResponse | None:
    """The first heartbeat of a launch, the last one, one of an older launch, one after the end, or one after silence.

    Where a person has released the hold for that silence, the page is listened for again.
    """
    session = repository.get(deps.database, heartbeat.identifier)
    if session is None:
        return None
    heartbeat_state = heartbeat_store.get(deps.database, heartbeat.identifier)
    if heartbeat.stop:
        return _stop_monitoring(deps, heartbeat, now)
    if heartbeat_state is None or heartbeat_state.launch < heartbeat.launch:
        return _start_launch(deps, heartbeat, now)
    if heartbeat_state.launch == heartbeat.launch and session.status not in MONITORED_STATUSES:
        return _stop_monitoring(deps, heartbeat, now)
    should_resume = heartbeat_state.launch == heartbeat.launch and not session.open_hold(
        HoldKind.DISCONNECTED
    )
    deps.database.run_write(
        lambda: _count_and_resume(deps, heartbeat, now, should_resume=should_resume)
    )
    if heartbeat.launch < heartbeat_state.launch:
        return HeartbeatResponse(holds=(SUPERSEDED_LAUNCH,), next_heartbeat_in=None)
    return _response(
        session, None if heartbeat_state.is_stopped else deps.heartbeat_config.interval
    )


def _count_and_resume(
    deps: Dependencies, heartbeat: Heartbeat, now: datetime, *, should_resume: bool
) -> None:
    heartbeat_store.count_heartbeat(deps.database, heartbeat.identifier, heartbeat.client_count)
    if should_resume:
        heartbeat_store.resume_monitoring(
            deps.database,
            heartbeat.identifier,
            heartbeat.launch,
            deps.heartbeat_config.deadline(now),
            now,
        )


def _stop_monitoring(
    deps: Dependencies, heartbeat: Heartbeat, now: datetime
) -> HeartbeatResponse | None:
    """Looks at the session last: it may have been locked for silence while the goodbye was on its way."""
    deps.database.run_write(
        lambda: heartbeat_store.stop_monitoring(
            deps.database, heartbeat.identifier, heartbeat.launch, now
        )
    )
    session = repository.get(deps.database, heartbeat.identifier)
    return None if session is None else _response(session, None)


def _start_launch(deps: Dependencies, heartbeat: Heartbeat, now: datetime) -> HeartbeatResponse:
    """The learner is there, or is back: the sitting runs, and a hold for silence ends."""
    ensure_policy_stored(deps)

    def try_start() -> HeartbeatResponse | None:
        with deps.database.transaction():
            return _try_start_launch(deps, heartbeat, now)

    return retry_on_conflict(try_start)


def _try_start_launch(
    deps: Dependencies, heartbeat: Heartbeat, now: datetime
) -> HeartbeatResponse | None:
    before = repository.get(deps.database, heartbeat.identifier)
    if before is None:
        raise DatabaseUnavailable("the session has gone")
    after = start_from_heartbeat(before, heartbeat.launch, heartbeat.ids, deps.policy, now)
    origin = DecisionSource(
        cause=Cause.HEARTBEAT, inputs={"launch": heartbeat.launch, "ids": heartbeat.ids}
    )
    if not try_save(deps, build_change_set(deps, before, after, origin)):
        return None
    is_monitored = after.status in MONITORED_STATUSES
    deadline = deps.heartbeat_config.deadline(now) if is_monitored else None
    heartbeat_store.start_monitoring(
        deps.database, heartbeat.identifier, heartbeat.launch, heartbeat.client_count, deadline, now
    )
    return _response(after, deps.heartbeat_config.interval if is_monitored else None)


def _response(session: Session, next_heartbeat_in: timedelta | None) -> HeartbeatResponse:
    return HeartbeatResponse(
        holds=tuple(hold.kind for hold in session.holds), next_heartbeat_in=next_heartbeat_in
    )


def _hold_kinds(holds: str) -> tuple[str, ...]:
    return tuple(hold["kind"] for hold in json.loads(holds)) if holds != "[]" else ()
