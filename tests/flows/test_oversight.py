"""What people do about a session, and outcomes that settle, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from proctor_results.domain.decision import Decision
from proctor_results.domain.session import Session
from proctor_results.domain.words import Cause, HoldKind, Outcome, Topic
from proctor_results.flows.explain_session import explain_session
from proctor_results.flows.hand import Hand
from proctor_results.flows.hold_by_hand import hold_by_hand, release_by_hand
from proctor_results.flows.house import House
from proctor_results.flows.note_by_hand import note_by_hand
from proctor_results.flows.override_by_hand import override_by_hand, withdraw_by_hand
from proctor_results.flows.settle_outcomes import settle_outcomes
from proctor_results.flows.show_session import show_session
from proctor_results.store.opening import open_ledger
from tests.listeners import Listener
from tests.reports import IDENTIFIER, NOW, SAMPLE, accepted, record, rejected
from tests.steps import Steps

HAND = Hand(actor="exam office", reason="the appeal was upheld")
HOUR = timedelta(hours=1)


def at(minutes: int) -> datetime:
    return NOW + timedelta(minutes=minutes)


def shown(house: House) -> Session:
    session = show_session(house, IDENTIFIER)
    assert session is not None
    return session


def decided(house: House) -> list[Decision]:
    explained = explain_session(house, IDENTIFIER)
    assert explained is not None
    return [each.decision for each in explained.decisions]


def told(house: House, listener: Listener, now: datetime) -> list[tuple[str, dict[str, object]]]:
    """What a worker tells now of the outcome: message ids, with what is said of its being final."""
    worker, known = Steps(), len(listener.told)
    worker.go_on(house, 10, now)
    while worker.busy:
        worker.go_on(house, 10, now)
    return [
        (message_id, {name: message["data"][name] for name in ("outcome", "final", "revised")})
        for message_id, message in listener.told[known:]
        if message["type"] == "session.outcome"
    ]


def test_everything_a_person_does_is_a_decision_with_name_and_reason(house: House) -> None:
    record(house, rejected())
    hold_by_hand(house, IDENTIFIER, HAND, at(1))
    release_by_hand(house, IDENTIFIER, HoldKind.MANUAL, HAND, at(2))
    note_by_hand(house, IDENTIFIER, HAND, at(3))
    override_by_hand(house, IDENTIFIER, Outcome.ACCEPTED, HAND, at(4))
    withdraw_by_hand(house, IDENTIFIER, HAND, at(5))

    _, *by_hand = decided(house)

    assert [each.by.said["act"] for each in by_hand] == ["hold", "release", "note", "override", "withdraw"]
    assert {(each.by.cause, each.by.actor, each.by.note) for each in by_hand} == {
        (Cause.PERSON, "exam office", "the appeal was upheld")
    }
    assert [each.at for each in by_hand] == [at(minutes) for minutes in range(1, 6)]


def test_a_note_changes_nothing_and_is_told_to_nobody(house: House, listener: Listener) -> None:
    record(house, rejected())
    told(house, listener, at(1))
    before = shown(house)

    note_by_hand(house, IDENTIFIER, HAND, at(2))

    assert shown(house) == replace(before, revision=2, updated_at=at(2))
    assert told(house, listener, at(3)) == []


def test_an_override_is_told_as_a_revision_and_survives_the_same_verdict_told_again(
    house: House, listener: Listener
) -> None:
    record(house, rejected())
    override_by_hand(house, IDENTIFIER, Outcome.ACCEPTED, HAND, at(1))

    record(house, rejected(comment="told again"), at(2))

    assert (shown(house).outcome, shown(house).holds) == (Outcome.ACCEPTED, ())
    ((_, said),) = told(house, listener, at(3))
    assert said == {"outcome": "accepted", "final": True, "revised": True}


def test_saying_the_same_again_changes_nothing(house: House) -> None:
    record(house, SAMPLE)
    first = override_by_hand(house, IDENTIFIER, Outcome.ACCEPTED, HAND, at(1))

    assert override_by_hand(house, IDENTIFIER, Outcome.ACCEPTED, HAND, at(2)) == first


def test_saying_the_same_against_a_newer_verdict_is_said_anew(house: House) -> None:
    override_at = datetime.fromisoformat("2022-02-19T10:30:00Z")
    record(house, SAMPLE)
    override_by_hand(house, IDENTIFIER, Outcome.ACCEPTED, HAND, override_at)
    record(house, rejected("2022-02-19T11:00:00.000Z"))
    assert shown(house).outcome is Outcome.REJECTED

    override_by_hand(house, IDENTIFIER, Outcome.ACCEPTED, HAND, at(1))

    assert shown(house).outcome is Outcome.ACCEPTED


def test_where_there_is_no_session_or_no_override_nothing_is_done(house: House) -> None:
    assert override_by_hand(house, "nobody", Outcome.ACCEPTED, HAND, NOW) is None
    assert note_by_hand(house, "nobody", HAND, NOW) is None
    record(house, rejected())

    assert withdraw_by_hand(house, IDENTIFIER, HAND, NOW) is None
    assert shown(house).revision == 1


@pytest.fixture
def patient(house: House) -> House:
    """A house in which outcomes settle for an hour."""
    return replace(house, settle=HOUR)


def test_an_outcome_is_told_at_once_and_as_final_once_it_has_settled(patient: House, listener: Listener) -> None:
    record(patient, accepted())
    assert told(patient, listener, at(1)) == [
        (f"{IDENTIFIER}.outcome.1", {"outcome": "accepted", "final": False, "revised": False})
    ]

    assert settle_outcomes(patient, 10, at(59)) == []
    assert [session.identifier for session in settle_outcomes(patient, 10, at(60))] == [IDENTIFIER]

    assert told(patient, listener, at(61)) == [
        (f"{IDENTIFIER}.outcome.2", {"outcome": "accepted", "final": True, "revised": False})
    ]
    assert settle_outcomes(patient, 10, at(600)) == []


def test_a_verdict_that_changes_while_it_settles_is_never_told_as_final_or_revised(
    patient: House, listener: Listener
) -> None:
    record(patient, accepted(), at(0))
    record(patient, rejected(), at(30))

    assert settle_outcomes(patient, 10, at(60)) == []
    ((_, said),) = told(patient, listener, at(61))
    assert said == {"outcome": "rejected", "final": False, "revised": False}
    settle_outcomes(patient, 10, at(90))
    assert decided(patient)[-1].final


def test_a_later_revision_of_a_final_outcome_is_told_and_marked(patient: House, listener: Listener) -> None:
    record(patient, accepted(), at(0))
    settle_outcomes(patient, 10, at(60))

    record(patient, rejected(), at(70))
    settle_outcomes(patient, 10, at(130))

    assert told(patient, listener, at(131)) == [
        (f"{IDENTIFIER}.outcome.4", {"outcome": "rejected", "final": True, "revised": True})
    ]
    assert [each.revised for each in decided(patient)] == [False, False, True, False]


def test_a_settle_time_taken_away_lets_what_settles_settle(patient: House) -> None:
    record(patient, accepted())

    impatient = replace(patient, settle=timedelta())

    assert settle_outcomes(impatient, 10, at(30)) == []
    assert len(settle_outcomes(impatient, 10, at(60))) == 1


def test_two_workers_settle_each_outcome_once(patient: House, database_url: str) -> None:
    for number in range(20):
        record(patient, accepted(identifier=f"session-{number}"))

    def work(_: int) -> list[Session]:
        ledger = open_ledger(database_url)
        try:
            return settle_outcomes(replace(patient, ledger=ledger), 20, at(60))
        finally:
            ledger.close()

    with ThreadPoolExecutor(2) as workers:
        settled = [session.identifier for each in workers.map(work, range(2)) for session in each]

    assert sorted(settled) == sorted(f"session-{number}" for number in range(20))


def test_a_name_learnt_after_the_last_lock_is_told_under_an_id_of_its_own(house: House, listener: Listener) -> None:
    record(house, rejected(student=None))
    release_by_hand(house, IDENTIFIER, HoldKind.REJECTED, HAND, at(1))
    listener.answers = []

    record(house, rejected(student="ann"), at(2))

    told(house, listener, at(3))
    assert listener.newest(Topic.LOCK).items() >= {"revision": 3, "locked": False, "student": "ann"}.items()
