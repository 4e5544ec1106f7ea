"""Everything that happened to a session in one order: what came in, what was decided, what was told."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from proctor_results.domain.words import Cause
from proctor_results.flows.look_into import Arrival, Attempt, Decided, Dossier, Duty


class Kind(StrEnum):
    """What kind of thing happened, in the word that is shown."""

    CAME_IN = "came in"
    DECIDED = "decided"
    TOLD = "told"


@dataclass(frozen=True, kw_only=True)
class Event:
    """`words` says it in short, `more` in full; `anchor` is where on the page the rest of it stands."""

    at: datetime
    kind: Kind
    words: str
    more: tuple[str, ...] = ()
    anchor: str


def events(dossier: Dossier) -> list[Event]:
    """The oldest first. What happened in the same millisecond stands in the order of cause and effect."""
    happened = (*map(_came_in, dossier.arrivals), *map(_decided, dossier.decisions), *_told(dossier))
    return sorted(happened, key=lambda event: (event.at, _ORDER[event.kind]))


_ORDER = {kind: order for order, kind in enumerate(Kind)}


def _came_in(arrival: Arrival) -> Event:
    words = f"{arrival.vendor} reported: {arrival.verdict}"
    more = (arrival.detail,) if arrival.detail else ()
    return Event(at=arrival.received_at, kind=Kind.CAME_IN, words=words, more=more, anchor=f"receipt-{arrival.id}")


def _decided(each: Decided) -> Event:
    made = each.decision
    act = f" ({made.by.said['act']})" if "act" in made.by.said else ""
    said = f"{made.by.actor}{act}: {made.by.note}" if made.by.actor else _CAUSES.get(made.by.cause, made.by.cause)
    anchor = f"decision-{made.revision}"
    return Event(at=made.at, kind=Kind.DECIDED, words=said, more=tuple(_changes(each)), anchor=anchor)


_CAUSES = {
    Cause.REPORT: "after the vendor's report",
    Cause.LAUNCH: "the LMS launched the sitting",
    Cause.HEARTBEAT: "the learner's page was heard from",
    Cause.SILENCE: "the learner's page fell silent",
    Cause.METRICS: "after what the learner's page measured",
    Cause.REPLAY: "after a report that was read again",
    Cause.SETTLED: "the outcome has settled",
}


def _changes(each: Decided) -> Iterator[str]:
    made = each.decision
    if made.outcome is not made.outcome_before:
        yield f"outcome {made.outcome_before} → {made.outcome}"
    yield from (f"locked: {hold.kind}: {hold.detail}" for hold in made.opened)
    yield from (f"released: {hold.kind}" for hold in made.closed)


def _told(dossier: Dossier) -> Iterator[Event]:
    yield from (_tried(duty, attempt) for duty in dossier.duties for attempt in duty.attempts)


def _tried(duty: Duty, attempt: Attempt) -> Event:
    status = f" ({attempt.status})" if attempt.status else ""
    words = f"{duty.topic} → {duty.target}: {attempt.result}{status}"
    more = (attempt.detail,) if attempt.detail else ()
    return Event(at=attempt.at, kind=Kind.TOLD, words=words, more=more, anchor=f"delivery-{duty.id}")
