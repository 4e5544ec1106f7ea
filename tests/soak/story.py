"""A small story with three sides that agree: two sittings, a report each, a lock for silence, a hold by hand."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bench.reconciliation.clock import Clock
from bench.reconciliation.sides import Beat, Hand, Heard, Post, Sent, Sides, Sitting
from bench.reconciliation.stored_side import stored_in
from proctor_results.flows import hold_by_hand as by_hand
from proctor_results.flows.house import House
from proctor_results.flows.launch_session import launch_session
from proctor_results.flows.listen import listen
from proctor_results.flows.lock_silent import lock_silent
from proctor_results.flows.record_heartbeat import Heartbeat, record_heartbeat
from tests.listeners import Listener
from tests.reports import NOW, accepted, record, rejected
from tests.workplace import until, working

THERE, GONE, STRANGER = "is-there", "is-gone", "stranger"
FIRST = rejected(identifier=STRANGER)
LAST = rejected("2022-02-19T12:00:00.000Z", identifier=STRANGER, comment="two voices")
EVERY, ALLOWED = 10, 40
LOCKED = 95.0
"""Seconds after the beginning, when whoever fell silent is locked."""


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def told_story(house: House, listener: Listener) -> Sides:
    """Everything happens and is told; one learner is there all the time, one falls silent after the first heartbeat."""
    posts = [FIRST, LAST, accepted(identifier=THERE), accepted(identifier=THERE)]
    record(house, posts[0])
    tell(house)
    sittings = {THERE: _sat(house, THERE, range(0, int(LOCKED), EVERY)), GONE: _sat(house, GONE, [0])}
    for second in range(0, int(LOCKED), 5):
        listen(house, at(second), at(second))
    assert lock_silent(house, 10, at(LOCKED)) == [GONE]
    for body in posts[1:]:
        record(house, body, at(LOCKED))
    hand = by_hand.Hand(actor="office", reason="soak 1")
    by_hand.hold_by_hand(house, THERE, hand, at(LOCKED))
    tell(house)
    return Sides(
        sent=Sent(
            posts=[Post(body=body, status=200) for body in posts],
            sittings={name: replace(sitting, silent=name == GONE) for name, sitting in sittings.items()},
            hands=[Hand(identifier=THERE, note="soak 1")],
            held={THERE},
        ),
        stored=stored_in(house.ledger),
        told=[Heard(webhook_id, json.dumps(message).encode()) for webhook_id, message in listener.told],
        fed={THERE: [2, 4], GONE: [3], STRANGER: [1, 2]},
        clock=Clock(origin=NOW.timestamp()),
        allowed=ALLOWED,
    )


def tell(house: House) -> None:
    with working(house, now=lambda: at(LOCKED)):
        until(lambda: not stored_in(house.ledger).undelivered)


def _sat(house: House, identifier: str, seconds: Sequence[int]) -> Sitting:
    launch_session(house, identifier, "supervisor", {"student": f"learner-{identifier}"}, at(0))
    for second in seconds:
        record_heartbeat(house, Heartbeat(identifier=identifier, launch=1), at(second))
    beats = [Beat(launch=1, sent=second, ended=second + 0.1, heard=True) for second in seconds]
    return Sitting(identifier=identifier, student="", began_at=at(0), tried=1, launches=1, beats=beats)
