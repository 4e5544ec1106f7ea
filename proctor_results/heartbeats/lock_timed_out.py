"""A browser has fallen silent: lock the exam, and have the LMS told."""

from datetime import datetime

from proctor_results.dependencies import Dependencies
from proctor_results.heartbeats import liveness_store
from proctor_results.heartbeats import store as heartbeat_store
from proctor_results.heartbeats.record_heartbeat import MONITORED_STATUSES
from proctor_results.heartbeats.store import TimedOutSession
from proctor_results.heartbeats.timeout import timeout_reason
from proctor_results.sessions import repository
from proctor_results.sessions.commit import (
    build_change_set,
    ensure_policy_stored,
    retry_on_conflict,
    try_save,
)
from proctor_results.sessions.decision import DecisionSource
from proctor_results.sessions.enums import Cause
from proctor_results.sessions.model import Session
from proctor_results.sessions.rules.transitions import disconnect


def lock_timed_out_sessions(deps: Dependencies, limit: int, now: datetime) -> list[str]:
    """Locks at most `limit` sessions whose deadline has passed while they ran; their identifiers.

    Taking a session and locking it is one transaction, so two workers never lock it twice, and a heartbeat that comes
    before the commit of either is not lost. Raises LedgerAway.
    """
    cutoff = deps.heartbeat_config.lock_cutoff(liveness_store.load(deps.database), now)
    if cutoff is None or not heartbeat_store.any_timed_out(deps.database, cutoff):
        return []
    ensure_policy_stored(deps)
    with deps.database.transaction():
        timed_out_sessions = heartbeat_store.claim_timed_out(deps.database, cutoff, limit)
        sessions_by_identifier = repository.get_many(
            deps.database, (timed_out.identifier for timed_out in timed_out_sessions)
        )
        return [
            timed_out.identifier
            for timed_out in timed_out_sessions
            if _lock_session(deps, sessions_by_identifier.get(timed_out.identifier), timed_out, now)
        ]


def _lock_session(
    deps: Dependencies, session: Session | None, timed_out: TimedOutSession, now: datetime
) -> bool:
    """Locks one session, unless it has ended: then nobody needs to be heard from."""

    def try_lock(session: Session | None) -> bool | None:
        if session is None or session.status not in MONITORED_STATUSES:
            return False
        return _save_lock(deps, session, timed_out, now) or None

    is_locked = try_lock(session)
    return (
        retry_on_conflict(lambda: try_lock(repository.get(deps.database, timed_out.identifier)))
        if is_locked is None
        else is_locked
    )


def _save_lock(
    deps: Dependencies, session: Session, timed_out: TimedOutSession, now: datetime
) -> bool:
    reason = timeout_reason(timed_out.last_heartbeat_at, now, deps.heartbeat_config)
    after = disconnect(session, timed_out.launch, reason, now)
    inputs = {"launch": timed_out.launch, "value": reason.value, "limit": reason.limit}
    return try_save(
        deps,
        build_change_set(
            deps, session, after, DecisionSource(cause=Cause.HEARTBEAT_TIMEOUT, inputs=inputs)
        ),
    )
