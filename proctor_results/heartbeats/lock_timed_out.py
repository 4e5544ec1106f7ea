"""Locks the exams whose browsers have sent no heartbeat in time."""

from datetime import datetime

from proctor_results.dependencies import Dependencies
from proctor_results.heartbeats import liveness
from proctor_results.heartbeats import store as heartbeat_store
from proctor_results.heartbeats.record_heartbeat import MONITORED_STATUSES
from proctor_results.heartbeats.store import TimedOutSession
from proctor_results.heartbeats.timeout import timeout_reason
from proctor_results.sessions import repository
from proctor_results.sessions.decision import DecisionSource
from proctor_results.sessions.enums import Cause
from proctor_results.sessions.rules.transitions import disconnect
from proctor_results.sessions.save import build_change_set, ensure_policy_stored, save


def lock_timed_out_sessions(deps: Dependencies, limit: int, now: datetime) -> list[str]:
    """Lock at most `limit` sessions whose deadline has passed; return their identifiers.

    Each is claimed and locked in one transaction, so two workers never lock it twice, and a
    heartbeat that comes before the commit of either is not lost. Raises DatabaseUnavailable.
    """
    cutoff = deps.heartbeat_config.lock_cutoff(liveness.load(deps.database), now)
    if cutoff is None or not heartbeat_store.any_timed_out(deps.database, cutoff):
        return []
    ensure_policy_stored(deps)
    with deps.database.transaction():
        claimed = heartbeat_store.claim_timed_out(deps.database, cutoff, limit)
        return [
            timed_out.identifier for timed_out in claimed if _lock_session(deps, timed_out, now)
        ]


def _lock_session(deps: Dependencies, timed_out: TimedOutSession, now: datetime) -> bool:
    """Lock one session, unless it is over: then no heartbeat needs to come."""
    reason = timeout_reason(timed_out.last_heartbeat_at, now, deps.heartbeat_config)
    inputs = {"launch": timed_out.launch, "value": reason.value, "limit": reason.limit}
    source = DecisionSource(cause=Cause.HEARTBEAT_TIMEOUT, inputs=inputs)

    def write() -> bool:
        before = repository.get(deps.database, timed_out.identifier)
        if before is None or before.status not in MONITORED_STATUSES:
            return False
        after = disconnect(before, timed_out.launch, reason, now)
        save(deps, build_change_set(deps, before, after, source))
        return True

    return deps.database.run_write(write)
