"""Whose word on the exam chooses the policy, and that it counts from the beginning, on both databases."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from proctor_results.domain.decision import Decision
from proctor_results.domain.live import LiveEvent
from proctor_results.domain.report import Report
from proctor_results.domain.session import Session
from proctor_results.domain.words import Cause, HoldKind, Outcome, ReceiptVerdict
from proctor_results.flows.explain_session import Again, explain_session
from proctor_results.flows.hand import Hand
from proctor_results.flows.hold_by_hand import release_by_hand
from proctor_results.flows.house import House
from proctor_results.flows.launch_session import launch_session
from proctor_results.flows.override_by_hand import override_by_hand
from proctor_results.flows.record_heartbeat import Heartbeat, record_heartbeat
from proctor_results.flows.record_metrics import record_metrics
from proctor_results.flows.record_report import report_entry
from proctor_results.flows.retell_session import retell_session
from proctor_results.flows.show_session import show_session
from proctor_results.flows.try_policy import try_policy
from proctor_results.policy_file import parse
from proctor_results.store import decisions, entries, sessions
from proctor_results.store.statement import Statement
from proctor_results.vendors import VENDORS
from tests.flows.test_deliver import work
from tests.listeners import Listener
from tests.reports import IDENTIFIER, NOW, SAMPLE, body, record, request_of

POLICY = parse("""
[[rules]]
name = "someone-else"
average = { metric = "c4", at_least = 20 }
action = "hold"
[[rules]]
name = "looking-away"
live = { metric = "c1", at_least = 10 }
action = "flag"

[[exams.practice.rules]]
name = "someone-else"
action = "off"

[exams.quiz]
auto_accept_score = 60

[[exams.final.rules]]
name = "someone-else"
average = { metric = "c4", at_least = 10 }
action = "hold"
[[exams.final.rules]]
name = "noise"
average = { metric = "m2", at_least = 50 }
action = "hold"
[[exams.final.rules]]
name = "looking-away"
live = { metric = "c1", at_least = 10 }
action = "hold"
""")
OLD = body(status="started", averages={"c4": 15}, stoppedAt=None, signedAt=None)
"""A report that comes too late to change anything but for the policy of the exam `final`."""

HAND = Hand(actor="exam office", reason="seen on the recording")
WAITING = Statement("SELECT 1 FROM pg_locks WHERE NOT granted LIMIT 1")

on_a_server = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
"""SQLite has one writer, so nothing comes in during a launch."""


@pytest.fixture
def strict(house: House) -> Iterator[House]:
    """A house with that policy. Whatever happens in it is told again with the same result."""
    strict = replace(house, policy=POLICY)
    yield strict
    explanation = explain_session(strict, IDENTIFIER)
    assert explanation is not None
    assert [each.again for each in explanation.decisions] == [Again.SAME] * len(explanation.decisions)
    *_, last = retell_session(strict, explanation.session, decisions.of(strict.ledger, IDENTIFIER))
    assert last.session == explanation.session


def at(seconds: int) -> datetime:
    return NOW + timedelta(seconds=seconds)


def launch(house: House, exam: str | None, seconds: int = 60) -> Session:
    session = launch_session(house, IDENTIFIER, "supervisor", {"student": None, "exam": exam}, at(seconds))
    assert isinstance(session, Session)
    return session


def measured(house: House, c1: float, seconds: int) -> None:
    record_metrics(house, IDENTIFIER, LiveEvent(weighted={"c1": c1}), request_of(b"{}", at(seconds), "browser"))


def report_of(said: bytes) -> Report:
    reading = VENDORS["supervisor"].read(said)
    assert isinstance(reading, Report)
    return reading


def kinds(house: House) -> list[str]:
    session = show_session(house, IDENTIFIER)
    assert session is not None
    return [hold.kind for hold in session.holds]


def last_decision(house: House) -> Decision:
    return decisions.of(house.ledger, IDENTIFIER)[-1].decision


def test_what_a_browser_calls_the_exam_is_told_and_chooses_no_policy(strict: House, listener: Listener) -> None:
    launch(strict, None, 0)
    record_heartbeat(strict, Heartbeat(identifier=IDENTIFIER, launch=1, ids={"exam": "practice"}), at(1))

    record(strict, body(averages={"c4": 45}), at(2))

    assert kinds(strict) == ["violation"]
    work(strict, at(3))
    assert (listener.newest("lock")["exam"], listener.newest("lock")["locked"]) == ("practice", True)


def test_an_exam_named_late_has_its_policy_judge_what_was_reported_before(strict: House, listener: Listener) -> None:
    record(strict, body(averages={"c4": 15}))
    assert kinds(strict) == []

    launch(strict, "final")

    made = last_decision(strict)
    assert (made.by.cause, [hold.detail for hold in made.opened]) == (
        Cause.LAUNCH,
        ["average of c4 is 15, allowed below 10"],
    )
    work(strict, at(61))
    assert (listener.newest("lock")["exam"], listener.newest("lock")["locked"]) == ("final", True)


def test_a_hold_that_the_exams_own_policy_does_not_call_for_is_closed(strict: House, listener: Listener) -> None:
    record(strict, body(averages={"c4": 45}))
    assert kinds(strict) == ["violation"]

    launch(strict, "practice")

    assert [hold.kind for hold in last_decision(strict).closed] == [HoldKind.VIOLATION]
    work(strict, at(61))
    assert listener.newest("lock")["locked"] is False


def test_what_was_old_news_is_judged_again_as_well(strict: House) -> None:
    record(strict, SAMPLE)
    assert record(strict, OLD).verdict is ReceiptVerdict.STALE

    launch(strict, "final")

    assert kinds(strict) == ["violation"]


def test_live_events_that_were_kept_are_judged_again(strict: House) -> None:
    launch(strict, None, 0)
    measured(strict, 25, 1)
    assert kinds(strict) == []

    launch(strict, "final")

    assert kinds(strict) == ["violation"]


def test_an_exam_that_is_corrected_is_judged_as_if_it_had_never_been_another(strict: House) -> None:
    record(strict, SAMPLE)
    assert launch(strict, "quiz", 60).outcome is Outcome.ACCEPTED

    corrected = launch(strict, "final", 61)

    assert (corrected.outcome, corrected.revised) == (Outcome.PENDING, True)


def test_an_exam_that_is_not_named_again_stays(strict: House) -> None:
    record(strict, body(averages={"c4": 45}))
    launch(strict, "practice", 60)

    assert launch(strict, None, 61).holds == ()


def test_what_a_person_released_stays_released_until_another_rule_fires(strict: House) -> None:
    record(strict, body(averages={"c4": 45}))
    release_by_hand(strict, IDENTIFIER, HoldKind.VIOLATION, HAND, at(1))

    assert launch(strict, "final", 60).holds == ()
    record(strict, body(averages={"m2": 60}), at(61))
    assert kinds(strict) == ["violation"]


def test_an_override_stands(strict: House) -> None:
    record(strict, body(averages={"c4": 15}))
    override_by_hand(strict, IDENTIFIER, Outcome.ACCEPTED, HAND, at(1))

    launched = launch(strict, "final")

    assert (launched.outcome, launched.holds) == (Outcome.ACCEPTED, ())


def test_what_is_not_kept_any_more_leaves_what_was_found(house: House) -> None:
    house = replace(house, policy=POLICY)
    record(house, body(averages={"c4": 45}))
    house.ledger.run(Statement("UPDATE receipt SET pruned_at = 1"))

    launch(house, "practice")

    assert kinds(house) == ["violation"]


def test_old_news_that_met_the_session_before_the_launch_is_decided_about_again(strict: House) -> None:
    record(strict, SAMPLE)
    decided = report_entry(strict, request_of(OLD), report_of(OLD))
    launch(strict, "final")

    with strict.ledger.transaction():
        assert not entries.write(strict.ledger, decided)
    assert strict.ledger.run(Statement("SELECT COUNT(*) FROM receipt")) == [(1,)]


@on_a_server
def test_old_news_that_comes_in_during_the_launch_waits_for_its_policy(strict: House) -> None:
    record(strict, SAMPLE)
    before = show_session(strict, IDENTIFIER)
    assert before is not None

    with ThreadPoolExecutor(1) as pool:
        with strict.ledger.transaction():
            assert sessions.is_still(strict.ledger, before)
            late = pool.submit(record, strict, OLD)
            while not strict.ledger.run(WAITING):
                assert not late.done()
            launch(strict, "final")

        assert (late.result().verdict, kinds(strict)) == (ReceiptVerdict.APPLIED, ["violation"])


def test_a_policy_is_tried_on_the_exam_that_was_named_late(strict: House) -> None:
    record(strict, body(averages={"c4": 15}))
    launch(strict, "final")

    (tried,) = try_policy(strict, parse("[exams.final]\nhold_skipped = true\n"), "final", lambda _: None)

    assert tried.before.opened == {HoldKind.VIOLATION}
    assert tried.differs == ("opened", "rules")
