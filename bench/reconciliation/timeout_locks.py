"""Locks for silence that no silence explains."""

from collections.abc import Iterator
from itertools import pairwise

from bench.reconciliation.check import Check, FaultKind
from bench.reconciliation.data import HeartbeatAttempt, ReconciliationData, SessionLog
from proctor_results.sessions.decision import Decision
from proctor_results.sessions.enums import HoldKind
from proctor_results.sessions.model import Hold


def _wrongly_locked(sides: ReconciliationData) -> Iterator[str]:
    for session_log, decision, hold in _disconnect_holds(sides):
        heartbeats = [
            heartbeat for heartbeat in session_log.heartbeats if heartbeat.launch == hold.launch
        ]
        times = sides.clock.possible_times(decision.at)
        if all(_was_connected(heartbeats, time, sides.timeout_seconds) for time in times):
            descriptions = [
                description
                for time in times
                for description in _describe_heartbeats(heartbeats, time)
            ]
            yield (
                f"{session_log.identifier}: locked at {decision.at:%H:%M:%S.%f} ({hold.detail}), "
                f"and {', '.join(descriptions)}"
            )


def _disconnect_holds(sides: ReconciliationData) -> Iterator[tuple[SessionLog, Decision, Hold]]:
    for session_log in sides.sent.session_logs.values():
        for decision in sides.stored.decisions.get(session_log.identifier, ()):
            for hold in decision.opened:
                if hold.kind is HoldKind.DISCONNECTED:
                    yield session_log, decision, hold


def _was_connected(heartbeats: list[HeartbeatAttempt], time: float, timeout_seconds: float) -> bool:
    """Whether a heartbeat came in time, or tries failed because the service was unreachable."""
    recent_heartbeats = [
        heartbeat for heartbeat in heartbeats if time - timeout_seconds < heartbeat.sent <= time
    ]
    return any(
        heartbeat.was_answered and heartbeat.ended < time for heartbeat in recent_heartbeats
    ) or _kept_sending(recent_heartbeats, time, timeout_seconds)


def _kept_sending(
    recent_heartbeats: list[HeartbeatAttempt], time: float, timeout_seconds: float
) -> bool:
    """Whether the learner was never silent for half of the allowed time."""
    times = [time - timeout_seconds, *(heartbeat.sent for heartbeat in recent_heartbeats), time]
    return all(later - earlier < timeout_seconds / 2 for earlier, later in pairwise(times))


def _describe_heartbeats(heartbeats: list[HeartbeatAttempt], time: float) -> Iterator[str]:
    """Describe the heartbeats around that time: `answered 12.1 to 12.0 s before`."""
    for heartbeat in heartbeats:
        if abs(heartbeat.sent - time) < _CONTEXT_SECONDS:
            status = "answered" if heartbeat.was_answered else "not answered"
            yield f"{status} {time - heartbeat.sent:.3f} to {time - heartbeat.ended:.3f} s before"


_CONTEXT_SECONDS = 30

CHECKS = (
    Check(
        name="no connected session is locked by timeout",
        kind=FaultKind.INVENTED,
        item_count=lambda sides: sum(1 for _ in _disconnect_holds(sides)),
        faults=_wrongly_locked,
    ),
    Check(
        name="no superseded page was answered as unlocked",
        kind=FaultKind.LOST,
        item_count=lambda sides: sum(1 for _ in _disconnect_holds(sides)),
        faults=lambda sides: iter(sides.sent.errors),
    ),
)
