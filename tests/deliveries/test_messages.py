"""The messages to the LMS, and which changes need one."""

import json
from dataclasses import replace

import pytest

from proctor_results.deliveries.messages import build_message, message_id
from proctor_results.formats.json_value import Json
from proctor_results.sessions.enums import HoldKind, Outcome, Topic
from proctor_results.sessions.model import Hold, Reason, Session
from proctor_results.sessions.rules.decide import changed_topics
from tests.support.sample_sessions import at, session

SILENCE = Reason(
    rule="heartbeat_timeout", detail="no heartbeat for 41 s (allowed 40 s)", value=41, limit=40
)
SILENT = Hold(kind=HoldKind.DISCONNECTED, since=at(15), reasons=(SILENCE,))
LOW_SCORE = Reason(rule="low-score", detail="score 30 is below 40", value=30, limit=40)

REJECTED = replace(
    session(
        student="ann",
        exam="final",
        course="safety-3",
        activity="part-1",
        status="rejected",
        score=64,
        link="https://vendor.example/s-1",
        proctor="eve",
    ),
    outcome=Outcome.REJECTED,
    reasons=(Reason(rule="verdict", detail="rejected by proctor eve"), LOW_SCORE),
    holds=(SILENT,),
    lock_was_sent=True,
    revision=9,
)


def test_the_outcome_message_has_the_documented_fields() -> None:
    assert message(REJECTED, Topic.OUTCOME) == {
        "type": "session.outcome",
        "timestamp": "2026-03-02T09:50:00.000Z",
        "data": {
            "identifier": "s-1",
            "student": "ann",
            "exam": "final",
            "revision": 3,
            "outcome": "rejected",
            "final": True,
            "revised": False,
            "status": "rejected",
            "score": 64,
            "reasons": [
                {"rule": "verdict", "detail": "rejected by proctor eve"},
                {"rule": "low-score", "detail": "score 30 is below 40", "value": 30, "limit": 40},
            ],
            "link": "https://vendor.example/s-1",
        },
    }


def test_the_lock_message_has_the_documented_fields() -> None:
    detail = "no heartbeat for 41 s (allowed 40 s)"
    assert message(REJECTED, Topic.LOCK) == {
        "type": "session.lock",
        "timestamp": "2026-03-02T09:50:00.000Z",
        "data": {
            "identifier": "s-1",
            "student": "ann",
            "exam": "final",
            "revision": 3,
            "locked": True,
            "holds": [
                {"kind": "disconnected", "since": "2026-03-02T09:15:00.000Z", "detail": detail}
            ],
            "course": "safety-3",
            "activity": "part-1",
        },
    }


@pytest.mark.parametrize(
    ("topic", "null_fields"),
    [
        (Topic.OUTCOME, {"student", "exam", "score", "link"}),
        (Topic.LOCK, {"student", "exam", "course", "activity"}),
    ],
    ids=["outcome", "lock"],
)
def test_an_unknown_value_is_sent_as_null(topic: Topic, null_fields: set[str]) -> None:
    data = message(session(), topic)["data"]

    assert isinstance(data, dict)
    assert {name for name, value in data.items() if value is None} == null_fields


def test_an_unlocked_session_is_sent_as_not_locked() -> None:
    assert message(session(), Topic.LOCK)["data"] == {
        "identifier": "s-1",
        "student": None,
        "exam": None,
        "revision": 3,
        "locked": False,
        "holds": [],
        "course": None,
        "activity": None,
    }


def test_a_message_id_names_session_topic_and_revision() -> None:
    assert message_id("s-1", Topic.OUTCOME, 3) == "s-1.outcome.3"
    assert message_id("s-1", Topic.LOCK, 2) == "s-1.lock.2"


def knowing(**facts: Json) -> Session:
    return replace(REJECTED, facts={**REJECTED.facts, **facts})


OUTCOME, LOCK, BOTH = {Topic.OUTCOME}, {Topic.LOCK}, {Topic.OUTCOME, Topic.LOCK}
CLOSED = replace(REJECTED, holds=())
ANOTHER_REASON = replace(
    REJECTED,
    reasons=(*REJECTED.reasons, Reason(rule="several-faces", detail="average of c3 is 60")),
)

DUE = {
    "a new session": (None, session(status="started"), OUTCOME),
    "a new session that is locked": (None, REJECTED, BOTH),
    "nothing": (REJECTED, REJECTED, set()),
    "only the revision and its time": (
        REJECTED,
        replace(REJECTED, revision=10, updated_at=at(700)),
        set(),
    ),
    "a fact that no message has": (REJECTED, knowing(comment="a phone"), set()),
    "another student": (REJECTED, knowing(student="bob"), BOTH),
    "an exam learnt of later": (
        session(status="started"),
        session(status="started", exam="final"),
        OUTCOME,
    ),
    "an exam learnt of while locked": (
        REJECTED,
        replace(REJECTED, lms_attributes={"exam": "resit"}),
        BOTH,
    ),
    "a student learnt of after the last lock": (
        CLOSED,
        replace(CLOSED, lms_attributes={"student": "bob"}),
        BOTH,
    ),
    "an outcome that is no longer final": (replace(REJECTED, final_at=at(1)), REJECTED, OUTCOME),
    "an outcome revised": (REJECTED, replace(REJECTED, revised=True), OUTCOME),
    "another status": (REJECTED, knowing(status="accepted"), OUTCOME),
    "another score": (REJECTED, knowing(score=63), OUTCOME),
    "another link": (REJECTED, knowing(link="https://vendor.example/s-2"), OUTCOME),
    "another outcome": (REJECTED, replace(REJECTED, outcome=Outcome.ACCEPTED), OUTCOME),
    "another reason": (REJECTED, ANOTHER_REASON, OUTCOME),
    "a hold closed": (REJECTED, CLOSED, LOCK),
    "a hold opened": (CLOSED, REJECTED, LOCK),
    "a hold in other words": (
        REJECTED,
        replace(
            REJECTED, holds=(replace(SILENT, reasons=(replace(SILENCE, detail="no heartbeat"),)),)
        ),
        LOCK,
    ),
    "outcome and holds": (session(status="stopped"), REJECTED, BOTH),
}


@pytest.mark.parametrize(("before", "after", "topics"), DUE.values(), ids=DUE)
def test_a_topic_is_due_where_the_lms_has_an_old_state(
    before: Session | None, after: Session, topics: set[Topic]
) -> None:
    assert set(changed_topics(before, after)) == topics


def message(subject: Session, topic: Topic) -> dict[str, Json]:
    """Return the message at the third revision of its topic, after a round trip as JSON."""
    received: dict[str, Json] = json.loads(json.dumps(build_message(subject, topic, 3, at(50))))
    return received
