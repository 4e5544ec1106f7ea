"""The exam that the LMS names chooses the policy, also for earlier reports; both databases."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from proctor_results.database.connection import WriteConflict
from proctor_results.database.statement import Statement
from proctor_results.dependencies import Dependencies
from proctor_results.explanations.explain_session import ReevaluationResult, explain_session
from proctor_results.explanations.list_decisions import list_decisions
from proctor_results.explanations.reevaluate_session import reevaluate_session
from proctor_results.heartbeats.record_heartbeat import Heartbeat, record_heartbeat
from proctor_results.launches.launch_session import launch_session
from proctor_results.operations.operator_actions import Attribution, act
from proctor_results.policies.backtest import backtest_policy
from proctor_results.policies.live_rules import LiveMetrics
from proctor_results.policies.load import parse_policy
from proctor_results.policies.record_live_metrics import record_metrics
from proctor_results.sessions import repository
from proctor_results.sessions import save as session_save
from proctor_results.sessions.decision import Decision
from proctor_results.sessions.enums import Cause, HoldKind, OperatorAction, Outcome, ReceiptResult
from proctor_results.sessions.model import Session
from proctor_results.sessions.report import Report
from proctor_results.webhooks.record_report import decide, load_context
from tests.deliveries.test_deliver import work
from tests.support.recording_target import RecordingTarget
from tests.support.reports import IDENTIFIER, NOW, SAMPLE, body, inbound_request, record
from tests.support.vendors import parse_report

POLICY = parse_policy("""
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
"""Record a report that changes something only under the policy of the exam `final`."""

ATTRIBUTION = Attribution(actor="exam office", reason="seen on the recording")
WAITING = Statement("SELECT 1 FROM pg_locks WHERE NOT granted LIMIT 1")

on_a_server = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
"""SQLite has one writer, so no report is stored during a launch."""


@pytest.fixture
def strict(deps: Dependencies) -> Iterator[Dependencies]:
    """Return dependencies with the policy; afterwards reevaluation must give the same result."""
    strict = replace(deps, policy=POLICY)
    yield strict
    explanation = explain_session(strict, IDENTIFIER)
    assert explanation is not None
    assert [each.reevaluation for each in explanation.decisions] == [ReevaluationResult.SAME] * len(
        explanation.decisions
    )
    *_, last = reevaluate_session(
        strict, explanation.session, list_decisions(strict.database, IDENTIFIER)
    )
    assert last.session == explanation.session


def at(seconds: int) -> datetime:
    return NOW + timedelta(seconds=seconds)


def launch(deps: Dependencies, exam: str | None, seconds: int = 60) -> Session:
    session = launch_session(
        deps, IDENTIFIER, "supervisor", {"student": None, "exam": exam}, at(seconds)
    )
    assert isinstance(session, Session)
    return session


def measured(deps: Dependencies, c1: float, seconds: int) -> None:
    record_metrics(
        deps,
        IDENTIFIER,
        LiveMetrics(weighted_violations={"c1": c1}),
        inbound_request(b"{}", at(seconds), "browser"),
    )


def report_of(payload: bytes) -> Report:
    return parse_report(payload)


def kinds(deps: Dependencies) -> list[str]:
    session = repository.get(deps.database, IDENTIFIER)
    assert session is not None
    return [hold.kind for hold in session.holds]


def last_decision(deps: Dependencies) -> Decision:
    return list_decisions(deps.database, IDENTIFIER)[-1].decision


def test_the_exam_that_a_browser_names_is_sent_and_chooses_no_policy(
    strict: Dependencies, recording_target: RecordingTarget
) -> None:
    launch(strict, None, 0)
    record_heartbeat(
        strict, Heartbeat(identifier=IDENTIFIER, launch=1, ids={"exam": "practice"}), at(1)
    )

    record(strict, body(averages={"c4": 45}), at(2))

    assert kinds(strict) == ["violation"]
    work(strict, at(3))
    assert (
        recording_target.latest_data("lock")["exam"],
        recording_target.latest_data("lock")["locked"],
    ) == (
        "practice",
        True,
    )


def test_an_exam_named_late_has_earlier_reports_evaluated_by_its_policy(
    strict: Dependencies, recording_target: RecordingTarget
) -> None:
    record(strict, body(averages={"c4": 15}))
    assert kinds(strict) == []

    launch(strict, "final")

    made = last_decision(strict)
    assert (made.source.cause, [hold.detail for hold in made.opened]) == (
        Cause.LAUNCH,
        ["average of c4 is 15, allowed below 10"],
    )
    work(strict, at(61))
    assert (
        recording_target.latest_data("lock")["exam"],
        recording_target.latest_data("lock")["locked"],
    ) == (
        "final",
        True,
    )


def test_a_hold_that_the_exams_own_policy_does_not_call_for_is_closed(
    strict: Dependencies, recording_target: RecordingTarget
) -> None:
    record(strict, body(averages={"c4": 45}))
    assert kinds(strict) == ["violation"]

    launch(strict, "practice")

    assert [hold.kind for hold in last_decision(strict).closed] == [HoldKind.VIOLATION]
    work(strict, at(61))
    assert recording_target.latest_data("lock")["locked"] is False


def test_stale_reports_are_evaluated_again_as_well(strict: Dependencies) -> None:
    record(strict, SAMPLE)
    assert record(strict, OLD).result is ReceiptResult.STALE

    launch(strict, "final")

    assert kinds(strict) == ["violation"]


def test_stored_live_events_are_evaluated_again(strict: Dependencies) -> None:
    launch(strict, None, 0)
    measured(strict, 25, 1)
    assert kinds(strict) == []

    launch(strict, "final")

    assert kinds(strict) == ["violation"]


def test_a_corrected_exam_is_evaluated_as_if_named_from_the_beginning(
    strict: Dependencies,
) -> None:
    record(strict, SAMPLE)
    assert launch(strict, "quiz", 60).outcome is Outcome.ACCEPTED

    corrected = launch(strict, "final", 61)

    assert (corrected.outcome, corrected.revised) == (Outcome.PENDING, True)


def test_an_exam_that_is_not_named_again_stays(strict: Dependencies) -> None:
    record(strict, body(averages={"c4": 45}))
    launch(strict, "practice", 60)

    assert launch(strict, None, 61).holds == ()


def test_what_a_person_released_stays_released_until_another_rule_fires(
    strict: Dependencies,
) -> None:
    record(strict, body(averages={"c4": 45}))
    act(strict, IDENTIFIER, OperatorAction.RELEASE, ATTRIBUTION, at(1), hold=HoldKind.VIOLATION)

    assert launch(strict, "final", 60).holds == ()
    record(strict, body(averages={"m2": 60}), at(61))
    assert kinds(strict) == ["violation"]


def test_an_override_stays_in_force(strict: Dependencies) -> None:
    record(strict, body(averages={"c4": 15}))
    act(strict, IDENTIFIER, OperatorAction.OVERRIDE, ATTRIBUTION, at(1), outcome=Outcome.ACCEPTED)

    launched = launch(strict, "final")

    assert (launched.outcome, launched.holds) == (Outcome.ACCEPTED, ())


def test_findings_of_pruned_bodies_stay(deps: Dependencies) -> None:
    deps = replace(deps, policy=POLICY)
    record(deps, body(averages={"c4": 45}))
    deps.database.fetch(Statement("UPDATE receipt SET pruned_at = 1"))

    launch(deps, "practice")

    assert kinds(deps) == ["violation"]


def test_old_news_that_met_the_session_before_the_launch_is_decided_about_again(
    strict: Dependencies,
) -> None:
    record(strict, SAMPLE)
    late_report = report_of(OLD)
    context = load_context(strict, IDENTIFIER, late_report.content_sha256)
    decided = decide(strict, inbound_request(OLD), late_report, context)
    launch(strict, "final")

    with pytest.raises(WriteConflict), strict.database.transaction():
        session_save.save(strict, decided)
    assert strict.database.fetch(Statement("SELECT COUNT(*) FROM receipt")) == [(1,)]


@on_a_server
def test_old_news_that_comes_in_during_the_launch_waits_for_its_policy(
    strict: Dependencies,
) -> None:
    record(strict, SAMPLE)
    before = repository.get(strict.database, IDENTIFIER)
    assert before is not None

    with ThreadPoolExecutor(1) as pool:
        with strict.database.transaction():
            assert repository.lock_if_unchanged(strict.database, before)
            late = pool.submit(record, strict, OLD)
            while not strict.database.fetch(WAITING):
                assert not late.done()
            launch(strict, "final")

        assert (late.result().result, kinds(strict)) == (ReceiptResult.APPLIED, ["violation"])


def test_a_policy_is_tried_on_the_exam_that_was_named_late(strict: Dependencies) -> None:
    record(strict, body(averages={"c4": 15}))
    launch(strict, "final")

    (tried,) = backtest_policy(
        strict, parse_policy("[exams.final]\nhold_skipped = true\n"), "final", lambda _: None
    )

    assert tried.before.opened == {HoldKind.VIOLATION}
    assert tried.differs == ("opened", "rules")
