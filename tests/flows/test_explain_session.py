"""Judging again what was decided, from nothing but what is stored, on both databases."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from proctor_results.domain.live import LiveEvent
from proctor_results.domain.session import Session
from proctor_results.domain.words import Cause, HoldKind, Outcome
from proctor_results.flows.explain_session import Again, Explained, explain_session
from proctor_results.flows.hand import Hand
from proctor_results.flows.hold_by_hand import hold_by_hand, release_by_hand
from proctor_results.flows.house import House
from proctor_results.flows.launch_session import launch_session
from proctor_results.flows.listen import listen
from proctor_results.flows.lock_silent import lock_silent
from proctor_results.flows.note_by_hand import note_by_hand
from proctor_results.flows.override_by_hand import override_by_hand, withdraw_by_hand
from proctor_results.flows.record_heartbeat import Heartbeat, record_heartbeat
from proctor_results.flows.record_metrics import record_metrics
from proctor_results.flows.replay_receipts import replay_receipt
from proctor_results.flows.retell_session import retell_session
from proctor_results.flows.settle_outcomes import settle_outcomes
from proctor_results.flows.show_session import show_session
from proctor_results.policy_file import parse
from proctor_results.sandbox.scenarios import scenarios
from proctor_results.store import decisions, receipts
from proctor_results.store.statement import Statement
from tests.exams import Day, days
from tests.furnishing import POLICY
from tests.reports import IDENTIFIER, NOW, SAMPLE, accepted, body, record, rejected, request_of
from tests.vendors.upgraded import Upgraded

HAND = Hand(actor="exam office", reason="the appeal was upheld")
HELD = body(averages={"c4": 45}, student=None)
OTHERS = parse(
    'hold_skipped = true\n[[rules]]\nname = "noise"\naverage = { metric = "c4", at_least = 1 }\naction = "flag"\n'
)


def at(seconds: int) -> datetime:
    return NOW + timedelta(seconds=seconds, microseconds=123_456)


def explained(house: House, identifier: str = IDENTIFIER) -> list[Explained]:
    found = explain_session(house, identifier)
    assert found is not None
    return list(found.decisions)


def told_again(house: House, identifier: str) -> Session:
    """The session as it follows from what is stored beside it."""
    session = show_session(house, identifier)
    assert session is not None
    *_, last = retell_session(house, session, decisions.of(house.ledger, identifier))
    return last.session


def everything_happens(house: House) -> None:
    """A whole life of one session; outcomes settle for a minute, and the policy changes in the middle of it."""
    patient = replace(house, settle=timedelta(minutes=1))
    launch_session(patient, IDENTIFIER, "supervisor", {"student": "ann", "exam": None}, at(0))
    record_heartbeat(patient, Heartbeat(identifier=IDENTIFIER, launch=1, ids={"course": "c-1"}), at(5))
    for second in range(0, 100, 10):
        listen(patient, at(second), at(second))
    assert lock_silent(patient, 10, at(100)) == [IDENTIFIER]
    launch_session(patient, IDENTIFIER, "supervisor", {"student": "ann", "exam": "final"}, at(110))
    record_heartbeat(patient, Heartbeat(identifier=IDENTIFIER, launch=2), at(120))
    for second in range(130, 160, 10):
        event = LiveEvent(weighted={"c4": 60.0}, threshold=50.0, claimed=10.0)
        record_metrics(patient, IDENTIFIER, event, request_of(b"{}", at(second), "browser"))
    record(patient, HELD, at(200))
    record(patient, body(status="started", stoppedAt=None, signedAt=None, student=None), at(201))
    patient = replace(patient, policy=OTHERS)
    release_by_hand(patient, IDENTIFIER, HoldKind.VIOLATION, HAND, at(210))
    record(patient, accepted(student=None), at(220))
    settle_outcomes(patient, 10, at(281))
    hold_by_hand(patient, IDENTIFIER, HAND, at(290))
    note_by_hand(patient, IDENTIFIER, HAND, at(300))
    record(patient, rejected(student=None), at(310))
    override_by_hand(patient, IDENTIFIER, Outcome.ACCEPTED, HAND, at(320))
    withdraw_by_hand(patient, IDENTIFIER, HAND, at(330))


def test_whatever_happened_is_judged_again_with_the_same_result(house: House) -> None:
    everything_happens(house)

    told = explained(house)

    assert {each.decision.by.cause for each in told} == {
        *("launch", "heartbeat", "silence", "metrics", "report", "person", "settled"),
    }
    assert [(each.again, each.detail) for each in told] == [(Again.SAME, "")] * len(told)
    assert told_again(house, IDENTIFIER) == show_session(house, IDENTIFIER)


def test_every_day_of_the_sandbox_is_judged_again_with_the_same_result(house: House) -> None:
    played = scenarios(datetime(2026, 3, 2, 18, 0, tzinfo=UTC), "again")
    for day in played:
        for number, said in enumerate(day.bodies):
            record(house, said, at(number))

    for day in played:
        assert {each.again for each in explained(house, day.identifier)} <= {Again.SAME}
        assert told_again(house, day.identifier) == show_session(house, day.identifier)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(day=days(), run=st.uuids(), launch_at=st.integers(0, 5))
def test_reports_in_any_order_are_judged_again_with_the_same_result(
    house: House, day: Day, run: object, launch_at: int
) -> None:
    """The LMS names the exam of whatever comes in at one moment of the day."""
    strict = replace(house, policy=POLICY)
    for number, post in enumerate(day.arriving):
        here = replace(post, identifier=f"{run}-{post.identifier}")
        record(strict, here.body, at(number))
        if number == launch_at:
            launch_session(strict, here.identifier, "supervisor", {"exam": "final"}, at(number))

    for exam in day.exams:
        identifier = f"{run}-{exam.identifier}"
        if show_session(strict, identifier):
            assert {each.again for each in explained(strict, identifier)} <= {Again.SAME}
            assert told_again(strict, identifier) == show_session(strict, identifier)


def test_what_was_fed_through_again_is_judged_again_with_the_same_result(house: House) -> None:
    """Three verdicts that nobody could read and nothing orders; the one that came first is fed through last."""
    house = replace(house, vendors={"supervisor": Upgraded()})
    for score in (1, 2, 3):
        record(house, body(status="condemned", signedAt=None, score=score), at(score))
    record_metrics(house, IDENTIFIER, LiveEvent(weighted={"c4": 60.0}), request_of(b"{}", at(4), "browser"))
    for number in (2, 3, 1):
        stored = receipts.find(house.ledger, number)
        assert stored is not None
        replay_receipt(house, house.vendors, stored, at(10 + number))

    assert {(each.decision.by.cause, each.again) for each in explained(house)} == {(Cause.REPLAY, Again.SAME)}
    assert told_again(house, IDENTIFIER) == show_session(house, IDENTIFIER)


def test_a_decision_that_was_tampered_with_is_judged_differently(house: House) -> None:
    record(house, HELD)
    house.ledger.run(Statement("UPDATE decision SET outcome = 'accepted'"))

    (told,) = explained(house)

    assert (told.again, told.detail) == (Again.DIFFERENT, "pending, locked by violation; other outcome")


GONE = {
    "a body": ("UPDATE receipt SET pruned_at = 1", "the body of receipt 1 is not kept any more"),
    "a policy": ("DELETE FROM policy", f"the policy {OTHERS.sha256} is not kept"),
}


@pytest.mark.parametrize(("gone", "why"), GONE.values(), ids=GONE)
def test_without_what_is_needed_nothing_can_be_judged_again(house: House, gone: str, why: str) -> None:
    record(replace(house, policy=OTHERS), body(averages={"c4": 45}))
    house.ledger.run(Statement(gone))

    (told,) = explained(house)

    assert (told.again, told.detail) == (Again.IMPOSSIBLE, why)


def test_a_session_of_which_nothing_was_decided_has_nothing_to_judge_again(house: House) -> None:
    record(house, SAMPLE)

    assert explained(house) == []
