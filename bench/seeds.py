"""Fills a ledger with very many sessions: ten are recorded as in real life, the database makes the others of them."""

import json
from collections.abc import Callable
from contextlib import closing
from datetime import datetime

from bench.multiply import APART, MARK, multiply, scattered
from proctor_results.flows.deliver import Landing, claim, settle
from proctor_results.flows.house import House
from proctor_results.flows.launch_session import launch_session
from proctor_results.flows.list_changes import list_changes
from proctor_results.flows.record_heartbeat import Heartbeat, record_heartbeat
from proctor_results.lms.base import Delivered
from proctor_results.policy_file import built_in
from proctor_results.sandbox.bodies import captured, compact
from proctor_results.store.opening import open_ledger
from tests.listeners import Listener
from tests.reports import record

KINDS = 10
"""Of ten sessions one learner sits the exam, one was rejected, the others were accepted."""

_SITTING, _REJECTED = 0, 1
_LISTENER = Listener(name="webhook")


def fill(url: str, sessions: int, now: datetime, say: Callable[[str], None]) -> None:
    """Fills an empty ledger with so many sessions, to the nearest ten, one after the other until `now`."""
    copies = sessions // KINDS
    with closing(open_ledger(url)) as ledger:
        house = House(ledger=ledger, policy=built_in(), targets=(_LISTENER,))
        _record(house, now - copies * APART)
        multiply(ledger, copies, now, say)


def sitting(sessions: int) -> list[str]:
    """The identifiers of those who sit an exam, by the first launch, among so many sessions."""
    return [_identifier(number, _SITTING) for number in range(sessions // KINDS)]


def everybody(sessions: int) -> list[str]:
    """The identifiers of so many sessions."""
    return [_identifier(number, kind) for number in range(sessions // KINDS) for kind in range(KINDS)]


def some(identifiers: list[str], most: int = 20_000) -> list[str]:
    """As many as load can well come from, from the oldest to the newest."""
    return identifiers[:: -(-len(identifiers) // most)]


def _record(house: House, now: datetime) -> None:
    _sit(house, _identifier(0, _SITTING), now)
    for kind in range(1, KINDS):
        record(house, _result(_identifier(0, kind), "rejected" if kind == _REJECTED else "accepted"), now)
    claims = claim(house, _LISTENER, 2 * KINDS, now)
    landings = [Landing(claim=each, result=Delivered(status=200), at=now, seconds=0.02) for each in claims]
    settle(house, landings, jitter=0)
    list_changes(house, 0, KINDS)


def _sit(house: House, sitting: str, now: datetime) -> None:
    enrolment = {"student": f"student-{MARK}", "exam": "exam-1"}
    launch_session(house, sitting, "supervisor", enrolment, now)
    record_heartbeat(house, Heartbeat(identifier=sitting, launch=1), now)


def _result(done: str, status: str) -> bytes:
    student = f"82e77802-08ad-42df-bb31-{MARK}"
    return compact({**json.loads(captured()), "identifier": done, "student": student, "status": status})


def _identifier(number: int, kind: int) -> str:
    return f"{scattered(number)}-0000-4000-8000-{kind:012d}"
