"""Compares two revisions of a session: finality, the decision to record, and topics to send."""

from dataclasses import replace
from datetime import datetime, timedelta

from proctor_results.formats.json_value import Json
from proctor_results.sessions.decision import Decision, DecisionSource
from proctor_results.sessions.enums import Cause, Outcome, Topic
from proctor_results.sessions.model import Session


def start_finality_window(before: Session, after: Session, final_after: timedelta) -> Session:
    """Return the next revision with the time at which its outcome becomes final.

    A new outcome starts the window again, and is final at once where the window is empty; the same
    outcome goes on waiting. A change of a final outcome makes the session `revised` from then on.
    """
    if after.outcome is before.outcome:
        return after
    has_window = final_after and after.outcome is not Outcome.PENDING
    final_at = after.updated_at + final_after if has_window else None
    return replace(after, final_at=final_at, revised=before.revised or before.final)


def finalize(session: Session, now: datetime) -> Session:
    """Return the session with a final outcome. At `final_at` itself the outcome is final."""
    return replace(session, final_at=None).next_revision(session, now)


def build_decision(
    before: Session, after: Session, policy_sha256: str, source: DecisionSource
) -> Decision | None:
    """Return the decision that made the next revision.

    None for a report that left the outcome, the open holds and the fired rules as they were.
    """
    holds_before = {hold.kind: hold for hold in before.holds}
    holds_after = {hold.kind: hold for hold in after.holds}
    is_unchanged = (
        before.outcome is after.outcome
        and holds_before.keys() == holds_after.keys()
        and {finding.rule for finding in before.findings}
        == {finding.rule for finding in after.findings}
    )
    if is_unchanged and source.cause is Cause.REPORT:
        return None
    opened = tuple(hold for kind, hold in holds_after.items() if kind not in holds_before)
    hold_reasons = (reason for hold in opened for reason in hold.reasons)
    return Decision(
        at=after.updated_at,
        revision=after.revision,
        outcome_before=before.outcome,
        outcome=after.outcome,
        opened=opened,
        closed=tuple(hold for kind, hold in holds_before.items() if kind not in holds_after),
        reasons=tuple(dict.fromkeys((*after.reasons, *hold_reasons))),
        policy_sha256=policy_sha256,
        revised=before.final and after.outcome is not before.outcome,
        final_at=after.final_at,
        source=source,
    )


def changed_topics(before: Session | None, after: Session) -> tuple[Topic, ...]:
    """Return the topics of which the LMS has an old copy, by the fields that messages show.

    An LMS that was never sent a lock takes the session as not locked.
    """
    topics = tuple(Topic) if after.lock_was_sent else (Topic.OUTCOME,)
    if before is None or before.student != after.student or before.exam != after.exam:
        return topics
    shown = {Topic.OUTCOME: _outcome_fields, Topic.LOCK: _lock_fields}
    return tuple(topic for topic in topics if shown[topic](before) != shown[topic](after))


def _outcome_fields(session: Session) -> tuple[Json | object, ...]:
    facts = session.facts
    shown_facts = facts.get("status"), facts.get("score"), facts.get("link")
    return session.outcome, session.final, session.revised, session.reasons, *shown_facts


def _lock_fields(session: Session) -> tuple[Json | object, ...]:
    return session.holds, session.attribute("course"), session.attribute("activity")
