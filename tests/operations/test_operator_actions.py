"""Operators act on sessions, and outcomes become final, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from proctor_results.database.connect import connect
from proctor_results.dependencies import Dependencies
from proctor_results.explanations.explain_session import explain_session
from proctor_results.operations.finalize_outcomes import finalize_outcomes
from proctor_results.operations.operator_actions import Attribution, act
from proctor_results.sessions import repository
from proctor_results.sessions.decision import Decision
from proctor_results.sessions.enums import Cause, HoldKind, OperatorAction, Outcome, Topic
from proctor_results.sessions.model import Session
from tests.support.recording_target import RecordingTarget
from tests.support.reports import IDENTIFIER, NOW, SAMPLE, accepted, record, rejected
from tests.support.stepped_worker import SteppedWorker

ATTRIBUTION = Attribution(actor="exam office", reason="the appeal was upheld")
HOUR = timedelta(hours=1)


def at(minutes: int) -> datetime:
    return NOW + timedelta(minutes=minutes)


def shown(deps: Dependencies) -> Session:
    session = repository.get(deps.database, IDENTIFIER)
    assert session is not None
    return session


def decided(deps: Dependencies) -> list[Decision]:
    explained = explain_session(deps, IDENTIFIER)
    assert explained is not None
    return [each.decision for each in explained.decisions]


def sent_outcomes(
    deps: Dependencies, recording_target: RecordingTarget, now: datetime
) -> list[tuple[str, dict[str, object]]]:
    """Return the ids of the outcome messages sent now, with their finality."""
    worker, known = SteppedWorker(), len(recording_target.received)
    worker.take_step(deps, 10, now)
    while worker.has_work:
        worker.take_step(deps, 10, now)
    return [
        (message_id, {name: message["data"][name] for name in ("outcome", "final", "revised")})
        for message_id, message in recording_target.received[known:]
        if message["type"] == "session.outcome"
    ]


def test_every_act_of_an_operator_is_a_decision_with_name_and_reason(deps: Dependencies) -> None:
    record(deps, rejected())
    act(deps, IDENTIFIER, OperatorAction.HOLD, ATTRIBUTION, at(1))
    act(deps, IDENTIFIER, OperatorAction.RELEASE, ATTRIBUTION, at(2), hold=HoldKind.MANUAL)
    act(deps, IDENTIFIER, OperatorAction.NOTE, ATTRIBUTION, at(3))
    act(deps, IDENTIFIER, OperatorAction.OVERRIDE, ATTRIBUTION, at(4), outcome=Outcome.ACCEPTED)
    act(deps, IDENTIFIER, OperatorAction.WITHDRAW_OVERRIDE, ATTRIBUTION, at(5))

    _, *operator_decisions = decided(deps)

    assert [each.source.inputs["action"] for each in operator_decisions] == [
        "hold",
        "release",
        "note",
        "override",
        "withdraw",
    ]
    assert {
        (each.source.cause, each.source.actor, each.source.note) for each in operator_decisions
    } == {(Cause.OPERATOR, "exam office", "the appeal was upheld")}
    assert [each.at for each in operator_decisions] == [at(minutes) for minutes in range(1, 6)]


def test_a_note_changes_nothing_and_notifies_no_target(
    deps: Dependencies, recording_target: RecordingTarget
) -> None:
    record(deps, rejected())
    sent_outcomes(deps, recording_target, at(1))
    before = shown(deps)

    act(deps, IDENTIFIER, OperatorAction.NOTE, ATTRIBUTION, at(2))

    assert shown(deps) == replace(before, revision=2, updated_at=at(2))
    assert sent_outcomes(deps, recording_target, at(3)) == []


def test_an_override_is_sent_as_a_revision_and_survives_a_repeated_verdict(
    deps: Dependencies, recording_target: RecordingTarget
) -> None:
    record(deps, rejected())
    act(deps, IDENTIFIER, OperatorAction.OVERRIDE, ATTRIBUTION, at(1), outcome=Outcome.ACCEPTED)

    record(deps, rejected(comment="repeated"), at(2))

    assert (shown(deps).outcome, shown(deps).holds) == (Outcome.ACCEPTED, ())
    ((_, outcome_data),) = sent_outcomes(deps, recording_target, at(3))
    assert outcome_data == {"outcome": "accepted", "final": True, "revised": True}


def test_repeating_an_override_changes_nothing(deps: Dependencies) -> None:
    record(deps, SAMPLE)
    first = act(
        deps, IDENTIFIER, OperatorAction.OVERRIDE, ATTRIBUTION, at(1), outcome=Outcome.ACCEPTED
    )

    assert (
        act(deps, IDENTIFIER, OperatorAction.OVERRIDE, ATTRIBUTION, at(2), outcome=Outcome.ACCEPTED)
        == first
    )


def test_repeating_an_override_against_a_newer_verdict_applies_again(deps: Dependencies) -> None:
    override_at = datetime.fromisoformat("2022-02-19T10:30:00Z")
    record(deps, SAMPLE)
    act(
        deps,
        IDENTIFIER,
        OperatorAction.OVERRIDE,
        ATTRIBUTION,
        override_at,
        outcome=Outcome.ACCEPTED,
    )
    record(deps, rejected("2022-02-19T11:00:00.000Z"))
    assert shown(deps).outcome is Outcome.REJECTED

    act(deps, IDENTIFIER, OperatorAction.OVERRIDE, ATTRIBUTION, at(1), outcome=Outcome.ACCEPTED)

    assert shown(deps).outcome is Outcome.ACCEPTED


def test_without_a_session_or_an_override_nothing_changes(deps: Dependencies) -> None:
    assert (
        act(deps, "unknown", OperatorAction.OVERRIDE, ATTRIBUTION, NOW, outcome=Outcome.ACCEPTED)
        is None
    )
    assert act(deps, "unknown", OperatorAction.NOTE, ATTRIBUTION, NOW) is None
    record(deps, rejected())

    assert act(deps, IDENTIFIER, OperatorAction.WITHDRAW_OVERRIDE, ATTRIBUTION, NOW) is None
    assert shown(deps).revision == 1


@pytest.fixture
def finalizing(deps: Dependencies) -> Dependencies:
    """Dependencies by which outcomes become final after an hour."""
    return replace(deps, outcome_final_after=HOUR)


def test_an_outcome_is_sent_at_once_and_again_when_it_becomes_final(
    finalizing: Dependencies, recording_target: RecordingTarget
) -> None:
    record(finalizing, accepted())
    assert sent_outcomes(finalizing, recording_target, at(1)) == [
        (f"{IDENTIFIER}.outcome.1", {"outcome": "accepted", "final": False, "revised": False})
    ]

    assert finalize_outcomes(finalizing, 10, at(59)) == []
    assert [session.identifier for session in finalize_outcomes(finalizing, 10, at(60))] == [
        IDENTIFIER
    ]

    assert sent_outcomes(finalizing, recording_target, at(61)) == [
        (f"{IDENTIFIER}.outcome.2", {"outcome": "accepted", "final": True, "revised": False})
    ]
    assert finalize_outcomes(finalizing, 10, at(600)) == []


def test_a_verdict_that_changes_before_it_is_final_is_never_sent_as_final_or_revised(
    finalizing: Dependencies, recording_target: RecordingTarget
) -> None:
    record(finalizing, accepted(), at(0))
    record(finalizing, rejected(), at(30))

    assert finalize_outcomes(finalizing, 10, at(60)) == []
    ((_, outcome_data),) = sent_outcomes(finalizing, recording_target, at(61))
    assert outcome_data == {"outcome": "rejected", "final": False, "revised": False}
    finalize_outcomes(finalizing, 10, at(90))
    assert decided(finalizing)[-1].final


def test_a_later_revision_of_a_final_outcome_is_sent_and_marked(
    finalizing: Dependencies, recording_target: RecordingTarget
) -> None:
    record(finalizing, accepted(), at(0))
    finalize_outcomes(finalizing, 10, at(60))

    record(finalizing, rejected(), at(70))
    finalize_outcomes(finalizing, 10, at(130))

    assert sent_outcomes(finalizing, recording_target, at(131)) == [
        (f"{IDENTIFIER}.outcome.4", {"outcome": "rejected", "final": True, "revised": True})
    ]
    assert [each.revised for each in decided(finalizing)] == [False, False, True, False]


def test_a_shorter_finality_window_keeps_earlier_deadlines(finalizing: Dependencies) -> None:
    record(finalizing, accepted())

    immediate = replace(finalizing, outcome_final_after=timedelta())

    assert finalize_outcomes(immediate, 10, at(30)) == []
    assert len(finalize_outcomes(immediate, 10, at(60))) == 1


def test_two_workers_finalize_each_outcome_once(
    finalizing: Dependencies, database_url: str
) -> None:
    for number in range(20):
        record(finalizing, accepted(identifier=f"session-{number}"))

    def work(_: int) -> list[Session]:
        database = connect(database_url)
        try:
            return finalize_outcomes(replace(finalizing, database=database), 20, at(60))
        finally:
            database.close()

    with ThreadPoolExecutor(2) as workers:
        finalized_identifiers = [
            session.identifier for each in workers.map(work, range(2)) for session in each
        ]

    assert sorted(finalized_identifiers) == sorted(f"session-{number}" for number in range(20))


def test_a_name_learnt_after_the_last_lock_is_sent_under_an_id_of_its_own(
    deps: Dependencies, recording_target: RecordingTarget
) -> None:
    record(deps, rejected(student=None))
    act(deps, IDENTIFIER, OperatorAction.RELEASE, ATTRIBUTION, at(1), hold=HoldKind.REJECTED)
    recording_target.results = []

    record(deps, rejected(student="ann"), at(2))

    sent_outcomes(deps, recording_target, at(3))
    assert (
        recording_target.latest_data(Topic.LOCK).items()
        >= {"revision": 3, "locked": False, "student": "ann"}.items()
    )
