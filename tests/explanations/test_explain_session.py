"""Reevaluating decisions from stored data alone, on both databases."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from proctor_results.database.statement import Statement
from proctor_results.dependencies import Dependencies
from proctor_results.explanations.explain_session import (
    ExplainedDecision,
    ReevaluationResult,
    explain_session,
)
from proctor_results.explanations.list_decisions import list_decisions
from proctor_results.explanations.reevaluate_session import reevaluate_session
from proctor_results.heartbeats.liveness import report_liveness
from proctor_results.heartbeats.lock_timed_out import lock_timed_out_sessions
from proctor_results.heartbeats.record_heartbeat import Heartbeat, record_heartbeat
from proctor_results.launches.launch_session import launch_session
from proctor_results.operations.finalize_outcomes import finalize_outcomes
from proctor_results.operations.operator_actions import Attribution, act
from proctor_results.policies.live_rules import LiveMetrics
from proctor_results.policies.load import parse_policy
from proctor_results.policies.record_live_metrics import record_metrics
from proctor_results.sessions import repository
from proctor_results.sessions.enums import Cause, HoldKind, OperatorAction, Outcome
from proctor_results.sessions.model import Session
from proctor_results.webhooks import store as webhook_store
from proctor_results.webhooks.replay import replay_receipt
from sandbox.vendor.scenarios import build_scenarios
from tests.support.dependencies_factory import POLICY
from tests.support.exams import ExamDay, exam_days
from tests.support.reports import (
    IDENTIFIER,
    NOW,
    SAMPLE,
    accepted,
    body,
    inbound_request,
    record,
    rejected,
)
from tests.support.upgraded_vendor import UPGRADED_VENDOR

ATTRIBUTION = Attribution(actor="exam office", reason="the appeal was upheld")
HELD = body(averages={"c4": 45}, student=None)
OTHERS = parse_policy(
    "hold_skipped = true\n"
    '[[rules]]\nname = "noise"\naverage = { metric = "c4", at_least = 1 }\naction = "flag"\n'
)


def at(seconds: int) -> datetime:
    return NOW + timedelta(seconds=seconds, microseconds=123_456)


def explained(deps: Dependencies, identifier: str = IDENTIFIER) -> list[ExplainedDecision]:
    found = explain_session(deps, identifier)
    assert found is not None
    return list(found.decisions)


def reevaluated_session(deps: Dependencies, identifier: str) -> Session:
    """Return the session that a reevaluation ends with."""
    session = repository.get(deps.database, identifier)
    assert session is not None
    *_, last = reevaluate_session(deps, session, list_decisions(deps.database, identifier))
    return last.session


def record_every_kind_of_event(deps: Dependencies) -> None:
    """Record events of every kind; outcomes become final after a minute, and the policy changes."""
    finalizing = replace(deps, outcome_final_after=timedelta(minutes=1))
    launch_session(finalizing, IDENTIFIER, "supervisor", {"student": "ann", "exam": None}, at(0))
    record_heartbeat(
        finalizing, Heartbeat(identifier=IDENTIFIER, launch=1, ids={"course": "c-1"}), at(5)
    )
    for second in range(0, 100, 10):
        report_liveness(finalizing, at(second), at(second))
    assert lock_timed_out_sessions(finalizing, 10, at(100)) == [IDENTIFIER]
    launch_session(
        finalizing, IDENTIFIER, "supervisor", {"student": "ann", "exam": "final"}, at(110)
    )
    record_heartbeat(finalizing, Heartbeat(identifier=IDENTIFIER, launch=2), at(120))
    for second in range(130, 160, 10):
        event = LiveMetrics(weighted_violations={"c4": 60.0}, threshold=50.0, reported_score=10.0)
        record_metrics(finalizing, IDENTIFIER, event, inbound_request(b"{}", at(second), "browser"))
    record(finalizing, HELD, at(200))
    record(finalizing, body(status="started", stoppedAt=None, signedAt=None, student=None), at(201))
    finalizing = replace(finalizing, policy=OTHERS)
    act(
        finalizing,
        IDENTIFIER,
        OperatorAction.RELEASE,
        ATTRIBUTION,
        at(210),
        hold=HoldKind.VIOLATION,
    )
    record(finalizing, accepted(student=None), at(220))
    finalize_outcomes(finalizing, 10, at(281))
    act(finalizing, IDENTIFIER, OperatorAction.HOLD, ATTRIBUTION, at(290))
    act(finalizing, IDENTIFIER, OperatorAction.NOTE, ATTRIBUTION, at(300))
    record(finalizing, rejected(student=None), at(310))
    act(
        finalizing,
        IDENTIFIER,
        OperatorAction.OVERRIDE,
        ATTRIBUTION,
        at(320),
        outcome=Outcome.ACCEPTED,
    )
    act(finalizing, IDENTIFIER, OperatorAction.WITHDRAW_OVERRIDE, ATTRIBUTION, at(330))


def test_every_kind_of_event_is_reevaluated_with_the_same_result(deps: Dependencies) -> None:
    record_every_kind_of_event(deps)

    explained_decisions = explained(deps)

    assert {each.decision.source.cause for each in explained_decisions} == {
        *("launch", "heartbeat", "heartbeat_timeout", "metrics", "report", "operator", "finalized"),
    }
    assert [(each.reevaluation, each.detail) for each in explained_decisions] == [
        (ReevaluationResult.SAME, "")
    ] * len(explained_decisions)
    assert reevaluated_session(deps, IDENTIFIER) == repository.get(deps.database, IDENTIFIER)


def test_every_scenario_of_the_sandbox_is_reevaluated_with_the_same_result(
    deps: Dependencies,
) -> None:
    played = build_scenarios(datetime(2026, 3, 2, 18, 0, tzinfo=UTC), "again")
    for day in played:
        for number, payload in enumerate(day.bodies):
            record(deps, payload, at(number))

    for day in played:
        assert {each.reevaluation for each in explained(deps, day.identifier)} <= {
            ReevaluationResult.SAME
        }
        assert reevaluated_session(deps, day.identifier) == repository.get(
            deps.database, day.identifier
        )


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(day=exam_days(), run=st.uuids(), launch_at=st.integers(0, 5))
def test_reports_in_any_order_are_reevaluated_with_the_same_result(
    deps: Dependencies, day: ExamDay, run: object, launch_at: int
) -> None:
    """The LMS names the exam at a random moment."""
    strict = replace(deps, policy=POLICY)
    for number, post in enumerate(day.arrivals):
        here = replace(post, identifier=f"{run}-{post.identifier}")
        record(strict, here.body, at(number))
        if number == launch_at:
            launch_session(strict, here.identifier, "supervisor", {"exam": "final"}, at(number))

    for exam in day.exams:
        identifier = f"{run}-{exam.identifier}"
        if repository.get(strict.database, identifier):
            assert {each.reevaluation for each in explained(strict, identifier)} <= {
                ReevaluationResult.SAME
            }
            assert reevaluated_session(strict, identifier) == repository.get(
                strict.database, identifier
            )


def test_replayed_reports_are_reevaluated_with_the_same_result(
    deps: Dependencies,
) -> None:
    """Replay three unrecognised verdicts without signatures, the first received one last."""
    deps = replace(deps, vendors={"supervisor": UPGRADED_VENDOR})
    for score in (1, 2, 3):
        record(deps, body(status="condemned", signedAt=None, score=score), at(score))
    record_metrics(
        deps,
        IDENTIFIER,
        LiveMetrics(weighted_violations={"c4": 60.0}),
        inbound_request(b"{}", at(4), "browser"),
    )
    for number in (2, 3, 1):
        stored = webhook_store.get(deps.database, number)
        assert stored is not None
        replay_receipt(deps, deps.vendors, stored, at(10 + number))

    assert {(each.decision.source.cause, each.reevaluation) for each in explained(deps)} == {
        (Cause.REPLAY, ReevaluationResult.SAME)
    }
    assert reevaluated_session(deps, IDENTIFIER) == repository.get(deps.database, IDENTIFIER)


def test_a_changed_decision_is_reevaluated_differently(deps: Dependencies) -> None:
    record(deps, HELD)
    deps.database.fetch(Statement("UPDATE decision SET outcome = 'accepted'"))

    (decision,) = explained(deps)

    assert (decision.reevaluation, decision.detail) == (
        ReevaluationResult.DIFFERENT,
        "pending, locked by violation; other outcome",
    )


GONE = {
    "a body": ("UPDATE receipt SET pruned_at = 1", "the body of receipt 1 was pruned"),
    "a policy": ("DELETE FROM policy", f"the policy {OTHERS.sha256} is not stored"),
}


@pytest.mark.parametrize(("gone", "why"), GONE.values(), ids=GONE)
def test_missing_data_makes_a_reevaluation_unavailable(
    deps: Dependencies, gone: str, why: str
) -> None:
    record(replace(deps, policy=OTHERS), body(averages={"c4": 45}))
    deps.database.fetch(Statement(gone))

    (decision,) = explained(deps)

    assert (decision.reevaluation, decision.detail) == (ReevaluationResult.UNAVAILABLE, why)


def test_a_session_without_decisions_has_nothing_to_reevaluate(
    deps: Dependencies,
) -> None:
    record(deps, SAMPLE)

    assert explained(deps) == []
