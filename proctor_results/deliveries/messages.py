"""Build the messages about a session that are sent to targets.

A field that is added here is added to `sessions/rules/decide.changed_topics` too.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from proctor_results.formats.json_value import Json
from proctor_results.formats.times import format_time
from proctor_results.sessions.enums import Topic
from proctor_results.sessions.model import Hold, Reason, Session


def build_message(
    session: Session, topic: Topic, revision: int, since: datetime
) -> dict[str, Json]:
    """Build the JSON to send. The topic last changed at `revision` and `since`."""
    data = {
        "identifier": session.identifier,
        "student": session.student,
        "exam": session.exam,
        "revision": revision,
        **_PAYLOADS[topic](session),
    }
    return {"type": f"session.{topic}", "timestamp": format_time(since), "data": data}


def message_id(identifier: str, topic: Topic, revision: int) -> str:
    """Return the `webhook-id`: the same for every attempt, so that the LMS can drop repeats."""
    return f"{identifier}.{topic}.{revision}"


def _outcome_fields(session: Session) -> dict[str, Json]:
    return {
        "outcome": session.outcome,
        "final": session.final,
        "revised": session.revised,
        "status": session.status,
        "score": session.facts.get("score"),
        "reasons": [reason_json(reason) for reason in session.reasons],
        "link": session.facts.get("link"),
    }


def _lock_fields(session: Session) -> dict[str, Json]:
    location = {name: session.attribute(name) for name in ("course", "activity")}
    holds = [hold_json(hold) for hold in session.holds]
    return {"locked": session.locked, "holds": holds, **location}


def hold_json(hold: Hold) -> dict[str, Json]:
    return {"kind": hold.kind, "since": format_time(hold.since), "detail": hold.detail}


def reason_json(reason: Reason) -> dict[str, Json]:
    """Leave out the fields that the reason does not have."""
    return {name: value for name, value in vars(reason).items() if value is not None}


_PAYLOADS: Mapping[Topic, Callable[[Session], dict[str, Json]]] = {
    Topic.OUTCOME: _outcome_fields,
    Topic.LOCK: _lock_fields,
}
