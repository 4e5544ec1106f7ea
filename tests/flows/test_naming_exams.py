"""Whose word on the exam chooses the policy, and from when on, on both databases."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from proctor_results.domain.session import Session
from proctor_results.flows.house import House
from proctor_results.flows.launch_session import launch_session
from proctor_results.flows.record_heartbeat import Heartbeat, record_heartbeat
from proctor_results.flows.show_session import show_session
from proctor_results.policy_file import parse
from tests.flows.test_deliver import work
from tests.listeners import Listener
from tests.reports import IDENTIFIER, NOW, body, record

POLICY = parse("""
[[rules]]
name = "someone-else"
average = { metric = "c4", at_least = 20 }
action = "hold"
[[exams.practice.rules]]
name = "someone-else"
action = "off"
""")


@pytest.fixture
def house(house: House) -> House:
    return replace(house, policy=POLICY)


def at(seconds: int) -> datetime:
    return NOW + timedelta(seconds=seconds)


def launch(house: House, exam: str | None, seconds: int) -> Session:
    session = launch_session(house, IDENTIFIER, "supervisor", {"student": None, "exam": exam}, at(seconds))
    assert isinstance(session, Session)
    return session


def kinds(house: House) -> list[str]:
    session = show_session(house, IDENTIFIER)
    assert session is not None
    return [hold.kind for hold in session.holds]


def test_what_a_browser_calls_the_exam_is_told_and_chooses_no_policy(house: House, listener: Listener) -> None:
    launch(house, None, 0)
    record_heartbeat(house, Heartbeat(identifier=IDENTIFIER, launch=1, ids={"exam": "practice"}), at(1))

    record(house, body(averages={"c4": 45}), at(2))

    assert kinds(house) == ["violation"]
    work(house, at(3))
    assert (listener.newest("lock")["exam"], listener.newest("lock")["locked"]) == ("practice", True)
