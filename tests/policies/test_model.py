"""Which rules fire on a report."""

import pytest

from proctor_results.policies.model import AverageRule, ExamPolicy, Policy, ScoreRule
from proctor_results.sessions.enums import RuleAction
from proctor_results.sessions.model import Finding
from proctor_results.sessions.report import Report
from tests.support.sample_sessions import report, session

LOW_SCORE = ScoreRule(name="low-score", action=RuleAction.HOLD, below=40)
BUT_NETWORK = ScoreRule(name="low-score", action=RuleAction.HOLD, below=40, ignoring=("n1", "n2"))
SOMEONE_ELSE = AverageRule(name="someone-else", action=RuleAction.FLAG, metric="c4", at_least=20)

MEASURED = {
    "a score below the bar": (LOW_SCORE, report(score=39.5), 39.5),
    "a score on the bar": (LOW_SCORE, report(score=40), None),
    "a score of 0": (LOW_SCORE, report(score=0), 0),
    "no score": (LOW_SCORE, report(), None),
    "a low score by network loss": (
        BUT_NETWORK,
        report(score=10, averages={"n1": 20, "n2": 10}),
        None,
    ),
    "a low score by more than network loss": (
        BUT_NETWORK,
        report(score=10, averages={"n1": 20, "n2": 9}),
        39,
    ),
    "a low score without one of the averages": (
        BUT_NETWORK,
        report(score=10, averages={"n1": 20}),
        None,
    ),
    "an average below the bar": (SOMEONE_ELSE, report(averages={"c4": 19.9}), None),
    "an average on the bar": (SOMEONE_ELSE, report(averages={"c4": 20}), 20),
    "an average above the bar": (SOMEONE_ELSE, report(averages={"c4": 100}), 100),
    "an average of another metric": (SOMEONE_ELSE, report(averages={"c3": 100}), None),
}


@pytest.mark.parametrize(("rule", "reported", "measured"), MEASURED.values(), ids=MEASURED)
def test_a_rule_fires_on_what_it_measures(
    rule: ScoreRule | AverageRule, reported: Report, measured: float | None
) -> None:
    finding = rule.finding(reported)

    assert (finding.value if finding else None) == measured


def test_findings_name_the_rule_what_it_measured_and_its_bar() -> None:
    policy = ExamPolicy(sha256="0" * 64, rules=(BUT_NETWORK, SOMEONE_ELSE))

    found = policy.findings(report(score=10, averages={"n1": 20, "n2": 0, "c4": 35}))

    low = "score 30 (not counting n1, n2) is below 40"
    other = "average of c4 is 35, allowed below 20"
    assert list(found) == [
        Finding(rule="low-score", action=RuleAction.HOLD, value=30, limit=40, detail=low),
        Finding(rule="someone-else", action=RuleAction.FLAG, value=35, limit=20, detail=other),
    ]


def test_a_description_names_ignored_metrics_only_where_there_are_any() -> None:
    finding = LOW_SCORE.finding(report(score=39.5))

    assert finding is not None
    assert finding.detail == "score 39.5 is below 40"


DEFAULT, FINAL = ExamPolicy(sha256="0" * 64), ExamPolicy(sha256="0" * 64, hold_skipped=True)


@pytest.mark.parametrize(
    ("exam", "policy"),
    [("final", FINAL), ("quiz", DEFAULT), (None, DEFAULT), (["final"], DEFAULT)],
    ids=["an exam with its own", "an exam without", "no exam", "something that names no exam"],
)
def test_an_exam_has_its_own_policy_or_the_default(exam: object, policy: ExamPolicy) -> None:
    assert (
        Policy(text="", sha256="0" * 64, default=DEFAULT, exams={"final": FINAL}).for_session(
            session(exam=exam)
        )
        is policy
    )
