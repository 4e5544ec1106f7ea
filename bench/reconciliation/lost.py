"""Lost: answered and not stored, or stored and not delivered."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from bench.reconciliation.check import Check, FaultKind
from bench.reconciliation.data import ReconciliationData
from proctor_results.deliveries.messages import build_message
from proctor_results.sessions.enums import Topic
from proctor_results.sessions.model import Session

STORED_STATUSES = frozenset({200, 400, 422})
"""Statuses that say that the request was stored, understood or not."""

_ANY_TIME = datetime(2026, 1, 1, tzinfo=UTC)
_DEFAULT_STATE = {Topic.LOCK: {"locked": False, "holds": []}}
"""The state of a session at an LMS that received nothing about a topic."""


def _unstored_posts(sides: ReconciliationData) -> Iterator[str]:
    """Each response needs one receipt with the same bytes."""
    answered_bodies = Counter(
        post.body for post in sides.sent.posts if post.status in STORED_STATUSES
    )
    for body, count in (
        answered_bodies - Counter(receipt.body for receipt in sides.stored.receipts)
    ).items():
        yield f"answered, {count} times more often than stored: {body[:120]!r}"


def _unstored_launches(sides: ReconciliationData) -> Iterator[str]:
    for session_log in sides.sent.session_logs.values():
        session = sides.stored.sessions.get(session_log.identifier)
        stored_launches = session.launch_count if session else 0
        if stored_launches < session_log.answered_launches:
            yield (
                f"{session_log.identifier}: {session_log.answered_launches} launches were "
                f"answered, {stored_launches} are stored"
            )


def _unstored_manual_changes(sides: ReconciliationData) -> Iterator[str]:
    for change in sides.sent.manual_changes:
        notes = {
            decision.source.note for decision in sides.stored.decisions.get(change.identifier, ())
        }
        if change.note not in notes:
            yield f"{change.identifier}: no decision is noted as {change.note!r}"


def _uncounted_heartbeats(sides: ReconciliationData) -> Iterator[str]:
    for session_log in sides.sent.session_logs.values():
        answered_count, stored_count = (
            sum(heartbeat.was_answered for heartbeat in session_log.heartbeats),
            sides.stored.heartbeat_counts.get(session_log.identifier, 0),
        )
        if stored_count < answered_count:
            yield (
                f"{session_log.identifier}: {answered_count} heartbeats were answered, "
                f"{stored_count} are counted"
            )


def _pending_deliveries(sides: ReconciliationData) -> Iterator[str]:
    yield from sides.stored.pending_deliveries


def _outdated_lms_state(sides: ReconciliationData) -> Iterator[str]:
    for session in sides.stored.sessions.values():
        for topic in Topic:
            last_message = sides.last_accepted.get((session.identifier, topic))
            expected = _message_content(session, topic)
            if (
                last_message is None
                and not _DEFAULT_STATE.get(topic, {"": ""}).items() <= expected.items()
            ):
                yield (
                    f"{session.identifier}.{topic}: the LMS received nothing where {expected} is "
                    "known"
                )
            elif last_message is not None and last_message.content != expected:
                yield (
                    f"{session.identifier}.{topic}: the LMS holds {last_message.content} where "
                    f"{expected} is known"
                )


def _message_content(session: Session, topic: Topic) -> dict[str, Any]:
    """Return the content as the LMS would read it from JSON."""
    data: dict[str, Any] = json.loads(json.dumps(build_message(session, topic, 0, _ANY_TIME)))[
        "data"
    ]
    return {name: value for name, value in data.items() if name != "revision"}


def _missing_in_feed(sides: ReconciliationData) -> Iterator[str]:
    """A reader of the change feed must receive the newest revision of each session last."""
    for session in sides.stored.sessions.values() if sides.feed_revisions else ():
        if sides.feed_revisions.get(session.identifier, [0])[-1] != session.revision:
            revisions = sides.feed_revisions.get(session.identifier, [])
            yield (
                f"{session.identifier}: the feed gave revisions {revisions} where "
                f"{session.revision} is the last"
            )


CHECKS = (
    Check(
        name="answered requests are stored byte for byte",
        kind=FaultKind.LOST,
        item_count=lambda sides: sum(post.status in STORED_STATUSES for post in sides.sent.posts),
        faults=_unstored_posts,
    ),
    Check(
        name="launches that were answered are stored",
        kind=FaultKind.LOST,
        item_count=lambda sides: sum(
            session_log.answered_launches for session_log in sides.sent.session_logs.values()
        ),
        faults=_unstored_launches,
    ),
    Check(
        name="manual holds and releases are decided",
        kind=FaultKind.LOST,
        item_count=lambda sides: len(sides.sent.manual_changes),
        faults=_unstored_manual_changes,
    ),
    Check(
        name="heartbeats that were answered are counted",
        kind=FaultKind.LOST,
        item_count=lambda sides: sum(
            len(session_log.heartbeats) for session_log in sides.sent.session_logs.values()
        ),
        faults=_uncounted_heartbeats,
    ),
    Check(
        name="no delivery is left pending",
        kind=FaultKind.LOST,
        item_count=lambda sides: len(sides.stored.sessions),
        faults=_pending_deliveries,
    ),
    Check(
        name="the last state at the LMS is the stored state",
        kind=FaultKind.LOST,
        item_count=lambda sides: 2 * len(sides.stored.sessions),
        faults=_outdated_lms_state,
    ),
    Check(
        name="the change feed has skipped nothing",
        kind=FaultKind.LOST,
        item_count=lambda sides: len(sides.feed_revisions),
        faults=_missing_in_feed,
    ),
)
