"""A learner's browser says that it is there."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from proctor_results.domain.acts import heard
from proctor_results.domain.decision import Origin
from proctor_results.domain.json_value import Json
from proctor_results.domain.session import Session
from proctor_results.domain.words import Cause, HoldKind, Status
from proctor_results.flows.enter import entry, is_written, keep_policy, until
from proctor_results.flows.house import House
from proctor_results.store import sessions, watches
from proctor_results.store.ledger import LedgerAway
from proctor_results.store.watches import Beaten


@dataclass(frozen=True, kw_only=True)
class Heartbeat:
    """One heartbeat: from which launch, its count, whether the page says goodbye, and the ids the page knows."""

    identifier: str
    launch: int
    count: int = 0
    stop: bool = False
    ids: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Pulse:
    """What the page is told: why the exam is locked, if it is, and when to beat again; None means never."""

    holds: tuple[str, ...]
    next_in: timedelta | None

    @property
    def locked(self) -> bool:
        return bool(self.holds)


SUPERSEDED = "superseded"
"""What an old page is told once a newer one has been heard from: it stays covered, and need not beat any more."""

LISTENED_FOR = frozenset({Status.CREATED, Status.STARTED})


def record_heartbeat(house: House, heartbeat: Heartbeat, now: datetime) -> Pulse | None:
    """Moves the deadline, in one UPDATE unless something is unusual; None where there is no such session.

    Counts that go backwards are no surprise (a page was reloaded) and change nothing: only our clock judges.
    Raises LedgerAway.
    """
    if not heartbeat.stop:
        beaten = house.ledger.enter(lambda: _beat(house, heartbeat, now))
        if beaten and beaten.status in LISTENED_FOR:
            return Pulse(holds=_kinds(beaten.holds), next_in=house.rhythm.every)
    return _unusual(house, heartbeat, now)


def _beat(house: House, heartbeat: Heartbeat, now: datetime) -> Beaten | None:
    deadline = house.rhythm.deadline(now)
    return watches.beat(house.ledger, heartbeat.identifier, heartbeat.launch, heartbeat.count, deadline, now)


def _unusual(house: House, heartbeat: Heartbeat, now: datetime) -> Pulse | None:
    """The first heartbeat of a launch, the last one, one of an older launch, one after the end, or one after silence.

    Where a person has released the hold for that silence, the page is listened for again.
    """
    session = sessions.find(house.ledger, heartbeat.identifier)
    if session is None:
        return None
    watch = watches.find(house.ledger, heartbeat.identifier)
    if heartbeat.stop:
        return _goodbye(house, heartbeat, now)
    if watch is None or watch.launch < heartbeat.launch:
        return _first(house, heartbeat, now)
    if watch.launch == heartbeat.launch and session.status not in LISTENED_FOR:
        return _goodbye(house, heartbeat, now)
    resumes = watch.launch == heartbeat.launch and not session.held(HoldKind.DISCONNECTED)
    house.ledger.enter(lambda: _count(house, heartbeat, now, resumes=resumes))
    if heartbeat.launch < watch.launch:
        return Pulse(holds=(SUPERSEDED,), next_in=None)
    return _pulse(session, None if watch.stopped else house.rhythm.every)


def _count(house: House, heartbeat: Heartbeat, now: datetime, *, resumes: bool) -> None:
    watches.count(house.ledger, heartbeat.identifier, heartbeat.count)
    if resumes:
        watches.resume(house.ledger, heartbeat.identifier, heartbeat.launch, house.rhythm.deadline(now), now)


def _goodbye(house: House, heartbeat: Heartbeat, now: datetime) -> Pulse | None:
    """Looks at the session last: it may have been locked for silence while the goodbye was on its way."""
    house.ledger.enter(lambda: watches.stop(house.ledger, heartbeat.identifier, heartbeat.launch, now))
    session = sessions.find(house.ledger, heartbeat.identifier)
    return None if session is None else _pulse(session, None)


def _first(house: House, heartbeat: Heartbeat, now: datetime) -> Pulse:
    """The learner is there, or is back: the sitting runs, and a hold for silence ends."""
    keep_policy(house)

    def begin() -> Pulse | None:
        with house.ledger.transaction():
            return _begun(house, heartbeat, now)

    return until(begin)


def _begun(house: House, heartbeat: Heartbeat, now: datetime) -> Pulse | None:
    before = sessions.find(house.ledger, heartbeat.identifier)
    if before is None:
        raise LedgerAway("the session has gone")
    after = heard(before, heartbeat.launch, heartbeat.ids, house.policy, now)
    by = Origin(cause=Cause.HEARTBEAT, said={"launch": heartbeat.launch, "ids": heartbeat.ids})
    if not is_written(house, entry(house, before, after, by)):
        return None
    listening = after.status in LISTENED_FOR
    deadline = house.rhythm.deadline(now) if listening else None
    watches.begin(house.ledger, heartbeat.identifier, heartbeat.launch, heartbeat.count, deadline, now)
    return _pulse(after, house.rhythm.every if listening else None)


def _pulse(session: Session, next_in: timedelta | None) -> Pulse:
    return Pulse(holds=tuple(hold.kind for hold in session.holds), next_in=next_in)


def _kinds(holds: str) -> tuple[str, ...]:
    return tuple(hold["kind"] for hold in json.loads(holds)) if holds != "[]" else ()
