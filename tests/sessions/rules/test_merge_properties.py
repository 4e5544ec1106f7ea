"""Any order and any repetition of reports end in the same session."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import accumulate, pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from proctor_results.policies.model import AverageRule, ExamPolicy, ScoreRule
from proctor_results.sessions.enums import VERDICTS, RuleAction, Status
from proctor_results.sessions.model import Session
from proctor_results.sessions.report import STATUS_RANKS, Report
from proctor_results.sessions.rules.apply_report import apply_report, merge
from proctor_results.sessions.rules.evaluate import evaluate
from tests.support.sample_sessions import NOW, session
from tests.support.session_histories import History, arrivals, histories

POLICY = ExamPolicy(
    sha256="0" * 64,
    hold_skipped=True,
    auto_accept_score=80,
    rules=(
        ScoreRule(name="low-score", action=RuleAction.HOLD, below=40, ignoring=("n1",)),
        AverageRule(name="someone-else", action=RuleAction.HOLD, metric="c4", at_least=70),
        AverageRule(name="several-faces", action=RuleAction.FLAG, metric="c3", at_least=30),
    ),
)

unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""A machine may be busy: these tests are about order, not about speed."""

Arrived = tuple[History, list[Report]]


def _arrived(history: History) -> st.SearchStrategy[Arrived]:
    return st.tuples(st.just(history), arrivals(history))


arrived = histories().flatmap(_arrived)
arrived_whole = histories(whole=True).flatmap(_arrived)


@unhurried
@given(arrived)
def test_any_order_and_any_repetition_of_the_same_reports_end_in_the_same_session(
    arrived: Arrived,
) -> None:
    history, reports = arrived

    assert seen(taken(reports)) == seen(taken(history.sent))


@unhurried
@given(arrived)
def test_the_status_is_that_of_what_happened_last(arrived: Arrived) -> None:
    history, reports = arrived

    assert taken(reports).status is history.events[-1].status


@unhurried
@given(arrived_whole)
def test_every_fact_has_its_newest_reported_value(arrived: Arrived) -> None:
    history, reports = arrived
    newest_values = {name: value for event in history.events for name, value in event.facts.items()}

    assert taken(reports).facts == {**newest_values, "student": "ann"}


@unhurried
@given(arrived)
def test_the_newest_verdict_applies(arrived: Arrived) -> None:
    history, reports = arrived
    verdicts = [event.status for event in history.events if event.status in VERDICTS]

    assert taken(reports).status in (verdicts[-1:] or set(Status) - VERDICTS)


@unhurried
@given(arrived)
def test_the_status_only_goes_down_when_a_sitting_is_resumed_or_starts_after_all(
    arrived: Arrived,
) -> None:
    _, reports = arrived
    statuses = [known.status for known in steps(reports)]

    down = {(was, now) for was, now in pairwise(statuses) if STATUS_RANKS[now] < STATUS_RANKS[was]}
    assert down <= {(Status.STOPPED, Status.STARTED), (Status.SKIPPED, Status.STARTED)}


@unhurried
@given(arrived)
def test_a_report_merged_twice_changes_nothing_the_second_time(arrived: Arrived) -> None:
    _, reports = arrived

    for known, report in zip(steps(reports), reports, strict=True):
        assert merge(known, report, POLICY.findings(report)) == known


@unhurried
@given(arrived)
def test_evaluating_after_every_report_ends_as_evaluating_once(
    arrived: Arrived,
) -> None:
    _, reports = arrived
    unjudged = session()
    for report in reports:
        unjudged = merge(unjudged, report, POLICY.findings(report))

    assert seen(evaluate(unjudged, POLICY, NOW)) == seen(taken(reports))


@unhurried
@given(arrived)
def test_evaluating_twice_changes_nothing_the_second_time(arrived: Arrived) -> None:
    _, reports = arrived
    judged = taken(reports)

    assert evaluate(judged, POLICY, NOW) == judged


def taken(reports: Iterable[Report]) -> Session:
    """Return the session after all reports."""
    *_, last = steps(reports)
    return last


def steps(reports: Iterable[Report]) -> Iterator[Session]:
    """Yield the session after each report."""
    known = accumulate(
        reports,
        lambda known, report: apply_report(known, report, POLICY, NOW) or known,
        initial=session(),
    )
    next(known)
    return known


def seen(known: Session) -> Session:
    """Return the session without the fields that depend on the order of reports."""
    return replace(known, precedences={}, revision=0, lock_was_sent=False)
