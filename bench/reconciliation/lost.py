"""Lost: answered, and not stored; or stored, and not told."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from bench.reconciliation.check import Check, Kind
from bench.reconciliation.sides import Sides
from proctor_results.domain.messages import message
from proctor_results.domain.session import Session
from proctor_results.domain.words import Topic

KEPT = frozenset({200, 400, 422})
"""Answers that say that the request was kept, understood or not."""

_ANY_TIME = datetime(2026, 1, 1, tzinfo=UTC)
_UNTOLD = {Topic.LOCK: {"locked": False, "holds": []}}
"""What an LMS takes a session for of which it was told nothing about a topic."""


def _unstored_posts(sides: Sides) -> Iterator[str]:
    """Each answer stands for one receipt with the very bytes."""
    answered = Counter(post.body for post in sides.sent.posts if post.status in KEPT)
    for body, count in (answered - Counter(receipt.body for receipt in sides.stored.receipts)).items():
        yield f"answered, {count} times more often than stored: {body[:120]!r}"


def _unstored_launches(sides: Sides) -> Iterator[str]:
    for sitting in sides.sent.sittings.values():
        session = sides.stored.sessions.get(sitting.identifier)
        known = session.launches if session else 0
        if known < sitting.launches:
            yield f"{sitting.identifier}: {sitting.launches} launches were answered, {known} are stored"


def _unstored_hands(sides: Sides) -> Iterator[str]:
    for hand in sides.sent.hands:
        notes = {decided.by.note for decided in sides.stored.decisions.get(hand.identifier, ())}
        if hand.note not in notes:
            yield f"{hand.identifier}: no decision is noted as {hand.note!r}"


def _uncounted_beats(sides: Sides) -> Iterator[str]:
    for sitting in sides.sent.sittings.values():
        heard, counted = sum(beat.heard for beat in sitting.beats), sides.stored.beats.get(sitting.identifier, 0)
        if counted < heard:
            yield f"{sitting.identifier}: {heard} heartbeats were answered, {counted} are counted"


def _undelivered(sides: Sides) -> Iterator[str]:
    yield from sides.stored.undelivered


def _untold(sides: Sides) -> Iterator[str]:
    for session in sides.stored.sessions.values():
        for topic in Topic:
            heard = sides.taken.get((session.identifier, topic))
            wanted = _content(session, topic)
            if heard is None and not _UNTOLD.get(topic, {"": ""}).items() <= wanted.items():
                yield f"{session.identifier}.{topic}: the LMS was told nothing where {wanted} is known"
            elif heard is not None and heard.content != wanted:
                yield f"{session.identifier}.{topic}: the LMS holds {heard.content} where {wanted} is known"


def _content(session: Session, topic: Topic) -> dict[str, Any]:
    """As the LMS would read it from JSON."""
    data: dict[str, Any] = json.loads(json.dumps(message(session, topic, 0, _ANY_TIME)))["data"]
    return {name: value for name, value in data.items() if name != "revision"}


def _unfed(sides: Sides) -> Iterator[str]:
    """Whoever follows the change feed ends up with the newest revision of each session."""
    for session in sides.stored.sessions.values() if sides.fed else ():
        if sides.fed.get(session.identifier, [0])[-1] != session.revision:
            fed = sides.fed.get(session.identifier, [])
            yield f"{session.identifier}: the feed gave revisions {fed} where {session.revision} is the last"


CHECKS = (
    Check(
        name="what was answered is stored, byte for byte",
        kind=Kind.LOST,
        size=lambda sides: sum(post.status in KEPT for post in sides.sent.posts),
        faults=_unstored_posts,
    ),
    Check(
        name="launches that were answered are stored",
        kind=Kind.LOST,
        size=lambda sides: sum(sitting.launches for sitting in sides.sent.sittings.values()),
        faults=_unstored_launches,
    ),
    Check(
        name="holds and releases by hand are decided",
        kind=Kind.LOST,
        size=lambda sides: len(sides.sent.hands),
        faults=_unstored_hands,
    ),
    Check(
        name="heartbeats that were answered are counted",
        kind=Kind.LOST,
        size=lambda sides: sum(len(sitting.beats) for sitting in sides.sent.sittings.values()),
        faults=_uncounted_beats,
    ),
    Check(
        name="nothing is left undelivered",
        kind=Kind.LOST,
        size=lambda sides: len(sides.stored.sessions),
        faults=_undelivered,
    ),
    Check(
        name="the LMS holds what is stored in the end",
        kind=Kind.LOST,
        size=lambda sides: 2 * len(sides.stored.sessions),
        faults=_untold,
    ),
    Check(
        name="the change feed has skipped nothing",
        kind=Kind.LOST,
        size=lambda sides: len(sides.fed),
        faults=_unfed,
    ),
)
