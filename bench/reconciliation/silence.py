"""Locked for silence though heard from: a hold that nobody's silence explains."""

from collections.abc import Iterator
from itertools import pairwise

from bench.reconciliation.check import Check, Kind
from bench.reconciliation.sides import Beat, Sides, Sitting
from proctor_results.domain.decision import Decision
from proctor_results.domain.session import Hold
from proctor_results.domain.words import HoldKind


def _wrongly_locked(sides: Sides) -> Iterator[str]:
    for sitting, decided, hold in _locks(sides):
        beats = [beat for beat in sitting.beats if beat.launch == hold.launch]
        moments = sides.clock.moments(decided.at)
        if all(_was_there(beats, moment, sides.allowed) for moment in moments):
            lately = [words for moment in moments for words in _lately(beats, moment)]
            yield f"{sitting.identifier}: locked at {decided.at:%H:%M:%S.%f} ({hold.detail}), and {', '.join(lately)}"


def _locks(sides: Sides) -> Iterator[tuple[Sitting, Decision, Hold]]:
    for sitting in sides.sent.sittings.values():
        for decided in sides.stored.decisions.get(sitting.identifier, ()):
            for hold in decided.opened:
                if hold.kind is HoldKind.DISCONNECTED:
                    yield sitting, decided, hold


def _was_there(beats: list[Beat], moment: float, allowed: float) -> bool:
    """Heard within the allowed time; or trying all the while, and not heard because nobody listened."""
    lately = [beat for beat in beats if moment - allowed < beat.sent <= moment]
    return any(beat.heard and beat.ended < moment for beat in lately) or _kept_trying(lately, moment, allowed)


def _kept_trying(lately: list[Beat], moment: float, allowed: float) -> bool:
    """Never silent for half of what is allowed."""
    times = [moment - allowed, *(beat.sent for beat in lately), moment]
    return all(later - earlier < allowed / 2 for earlier, later in pairwise(times))


def _lately(beats: list[Beat], moment: float) -> Iterator[str]:
    """What was sent around then: `heard 12.1 to 12.0 s before`."""
    for beat in beats:
        if abs(beat.sent - moment) < _AROUND:
            said = "heard" if beat.heard else "not heard"
            yield f"{said} {moment - beat.sent:.3f} to {moment - beat.ended:.3f} s before"


_AROUND = 30

CHECKS = (
    Check(
        name="nobody is locked for silence who was there",
        kind=Kind.INVENTED,
        size=lambda sides: sum(1 for _ in _locks(sides)),
        faults=_wrongly_locked,
    ),
    Check(
        name="no old page was told that its exam is open",
        kind=Kind.LOST,
        size=lambda sides: sum(1 for _ in _locks(sides)),
        faults=lambda sides: iter(sides.sent.complaints),
    ),
)
