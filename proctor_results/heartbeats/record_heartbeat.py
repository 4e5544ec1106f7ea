"""Records a heartbeat of the learner's browser."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from proctor_results.database.connection import DatabaseUnavailable
from proctor_results.database.values import load_json
from proctor_results.dependencies import Dependencies
from proctor_results.formats.json_value import Json
from proctor_results.formats.times import to_milliseconds
from proctor_results.heartbeats import store as heartbeat_store
from proctor_results.heartbeats.store import HeartbeatState
from proctor_results.sessions import repository
from proctor_results.sessions.decision import DecisionSource
from proctor_results.sessions.enums import Cause, HoldKind, Status
from proctor_results.sessions.model import Session
from proctor_results.sessions.rules.transitions import start_from_heartbeat
from proctor_results.sessions.save import build_change_set, ensure_policy_stored, save


@dataclass(frozen=True, kw_only=True)
class Heartbeat:
    """One heartbeat of a launch. `stop` says that the page reports the end of proctoring.

    `client_count` is the page's own count, `ids` are the names that the page knows.
    """

    identifier: str
    launch: int
    client_count: int = 0
    stop: bool = False
    ids: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class HeartbeatResponse:
    """The open holds of the session, and when to send the next heartbeat (None: never)."""

    holds: tuple[str, ...]
    next_heartbeat_in: timedelta | None

    @property
    def locked(self) -> bool:
        return bool(self.holds)


SUPERSEDED_LAUNCH = "superseded"
"""The answer to an older launch: its page stays covered, and need not send any more."""

MONITORED_STATUSES = frozenset({Status.CREATED, Status.STARTED})


def record_heartbeat(
    deps: Dependencies, heartbeat: Heartbeat, now: datetime
) -> HeartbeatResponse | None:
    """Move the deadline, in one UPDATE in the usual case; None where there is no such session.

    The client's count may go back (a page was reloaded) and changes nothing: only our clock counts.
    Raises DatabaseUnavailable.
    """
    deadline = now + deps.heartbeat_config.timeout
    values = {
        "identifier": heartbeat.identifier,
        "launch": heartbeat.launch,
        "client_count": heartbeat.client_count,
        "now": to_milliseconds(now),
        "deadline": to_milliseconds(deadline),
    }
    if not heartbeat.stop:
        rows = deps.database.run_write(
            lambda: deps.database.fetch(heartbeat_store.EXTEND_DEADLINE, **values)
        )
        status, _, holds = (rows[0][0] or "").partition(" ") if rows else ("", "", "")
        if status in MONITORED_STATUSES:
            return HeartbeatResponse(
                holds=tuple(hold["kind"] for hold in load_json(holds)),
                next_heartbeat_in=deps.heartbeat_config.interval,
            )
    return _handle_other_cases(deps, heartbeat, now)


def _handle_other_cases(
    deps: Dependencies, heartbeat: Heartbeat, now: datetime
) -> HeartbeatResponse | None:
    """Record a first or last heartbeat, or one of an older launch, after the end or a hold."""
    session = repository.get(deps.database, heartbeat.identifier)
    if session is None:
        return None
    state = heartbeat_store.get(deps.database, heartbeat.identifier)
    if heartbeat.stop:
        return _stop_monitoring(deps, heartbeat, now)
    if state is None or state.launch < heartbeat.launch:
        return _start_launch(deps, heartbeat, now)
    if state.launch == heartbeat.launch and session.status not in MONITORED_STATUSES:
        return _stop_monitoring(deps, heartbeat, now)
    deps.database.run_write(lambda: _count_and_resume(deps, heartbeat, session, state, now))
    if heartbeat.launch < state.launch:
        return HeartbeatResponse(holds=(SUPERSEDED_LAUNCH,), next_heartbeat_in=None)
    return _response(session, None if state.is_stopped else deps.heartbeat_config.interval)


def _count_and_resume(
    deps: Dependencies,
    heartbeat: Heartbeat,
    session: Session,
    state: HeartbeatState,
    now: datetime,
) -> None:
    """Where an operator has released the `disconnected` hold, monitor the launch again."""
    identifier, launch = heartbeat.identifier, heartbeat.launch
    heartbeat_store.count_heartbeat(deps.database, identifier, heartbeat.client_count)
    if state.launch == launch and not session.open_hold(HoldKind.DISCONNECTED):
        deadline = deps.heartbeat_config.deadline(now)
        heartbeat_store.resume_monitoring(deps.database, identifier, launch, deadline, now)


def _stop_monitoring(
    deps: Dependencies, heartbeat: Heartbeat, now: datetime
) -> HeartbeatResponse | None:
    """Read the session last: it may have been locked while the last heartbeat was on its way."""
    identifier, launch = heartbeat.identifier, heartbeat.launch
    deps.database.run_write(
        lambda: heartbeat_store.stop_monitoring(deps.database, identifier, launch, now)
    )
    session = repository.get(deps.database, identifier)
    return None if session is None else _response(session, None)


def _start_launch(deps: Dependencies, heartbeat: Heartbeat, now: datetime) -> HeartbeatResponse:
    """The sitting runs (again): a `disconnected` hold of an earlier launch closes."""
    identifier, launch = heartbeat.identifier, heartbeat.launch
    source = DecisionSource(cause=Cause.HEARTBEAT, inputs={"launch": launch, "ids": heartbeat.ids})

    def write() -> HeartbeatResponse:
        with deps.database.transaction():
            before = repository.get(deps.database, identifier)
            if before is None:
                raise DatabaseUnavailable("the session was erased meanwhile")
            after = start_from_heartbeat(before, launch, heartbeat.ids, deps.policy, now)
            save(deps, build_change_set(deps, before, after, source))
            interval = (
                deps.heartbeat_config.interval if after.status in MONITORED_STATUSES else None
            )
            deadline = deps.heartbeat_config.deadline(now) if interval else None
            heartbeat_store.start_monitoring(
                deps.database, identifier, launch, heartbeat.client_count, deadline, now
            )
        return _response(after, interval)

    ensure_policy_stored(deps)
    return deps.database.run_write(write)


def _response(session: Session, next_heartbeat_in: timedelta | None) -> HeartbeatResponse:
    return HeartbeatResponse(
        holds=tuple(hold.kind for hold in session.holds), next_heartbeat_in=next_heartbeat_in
    )
