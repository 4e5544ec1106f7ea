"""What a target is told about a session, and when it must be told again (design, "Telling the LMS")."""

from collections.abc import Callable, Mapping
from datetime import datetime

from proctor_results.domain.json_value import Json
from proctor_results.domain.session import Hold, Reason, Session
from proctor_results.domain.times import text_of
from proctor_results.domain.words import Topic


def due_topics(before: Session | None, after: Session) -> tuple[Topic, ...]:
    """The topics of which the LMS would hold an old copy. It takes a session whose lock it never heard of as open."""
    return tuple(topic for topic in Topic if _is_news(topic, before, after))


def _is_news(topic: Topic, before: Session | None, after: Session) -> bool:
    if topic is Topic.LOCK and not after.ever_locked:
        return False
    return before is None or (_who(before), _TELLS[topic](before)) != (_who(after), _TELLS[topic](after))


def message(session: Session, topic: Topic, revision: int, since: datetime) -> dict[str, Json]:
    """The JSON to push. `revision` and `since` are those at which the session last changed in this topic."""
    about = {"identifier": session.identifier, **_who(session), "revision": revision}
    return {"type": f"session.{topic}", "timestamp": text_of(since), "data": {**about, **_TELLS[topic](session)}}


def message_id(identifier: str, topic: Topic, revision: int) -> str:
    """The `webhook-id`: the same for every attempt to tell the same, so that the LMS can drop repeats."""
    return f"{identifier}.{topic}.{revision}"


def _who(session: Session) -> dict[str, Json]:
    return {"student": session.student, "exam": session.exam}


def _outcome(session: Session) -> dict[str, Json]:
    return {
        "outcome": session.outcome,
        "final": session.final,
        "revised": session.revised,
        "status": session.status,
        "score": session.facts.get("score"),
        "reasons": [reason_json(reason) for reason in session.reasons],
        "link": session.facts.get("link"),
    }


def _lock(session: Session) -> dict[str, Json]:
    where = {name: session.named(name) for name in ("course", "activity")}
    return {"locked": session.locked, "holds": [hold_json(hold) for hold in session.holds], **where}


def hold_json(hold: Hold) -> dict[str, Json]:
    return {"kind": hold.kind, "since": text_of(hold.since), "detail": hold.detail}


def reason_json(reason: Reason) -> dict[str, Json]:
    """The reason without what it does not have."""
    return {name: value for name, value in vars(reason).items() if value is not None}


_TELLS: Mapping[Topic, Callable[[Session], dict[str, Json]]] = {Topic.OUTCOME: _outcome, Topic.LOCK: _lock}
