"""A policy: the rules by which reports are evaluated. `load` reads it from its text."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from proctor_results.policies.live_rules import LiveMetrics, LiveRule, score_mismatch
from proctor_results.sessions.enums import RuleAction
from proctor_results.sessions.model import Finding, Session
from proctor_results.sessions.report import Report


@dataclass(frozen=True, kw_only=True)
class ScoreRule:
    """Fires when the score, plus the averages of the `ignoring` metrics, is below the limit.

    A score equal to the limit passes. So does a report without those averages: a machine does not
    hold a learner for something that may be network loss.
    """

    name: str
    action: RuleAction
    below: float
    ignoring: tuple[str, ...] = ()

    def finding(self, report: Report) -> Finding | None:
        if report.score is None or any(metric not in report.averages for metric in self.ignoring):
            return None
        score = report.score + sum(report.averages[metric] for metric in self.ignoring)
        if score >= self.below:
            return None
        detail = f"score {score:g}{self._exclusion_text()} is below {self.below:g}"
        return Finding(
            rule=self.name, action=self.action, value=score, limit=self.below, detail=detail
        )

    @property
    def condition(self) -> str:
        return f"the score{self._exclusion_text()} is below {self.below:g}"

    def _exclusion_text(self) -> str:
        return f" (not counting {', '.join(self.ignoring)})" if self.ignoring else ""


@dataclass(frozen=True, kw_only=True)
class AverageRule:
    """Fires when a metric's average over the session is at least the limit."""

    name: str
    action: RuleAction
    metric: str
    at_least: float

    def finding(self, report: Report) -> Finding | None:
        average = report.averages.get(self.metric)
        if average is None or average < self.at_least:
            return None
        detail = f"average of {self.metric} is {average:g}, allowed below {self.at_least:g}"
        return Finding(
            rule=self.name, action=self.action, value=average, limit=self.at_least, detail=detail
        )

    @property
    def condition(self) -> str:
        return f"the average of {self.metric} is {self.at_least:g} or more"


Rule = ScoreRule | AverageRule


@dataclass(frozen=True, kw_only=True)
class ExamPolicy:
    """The rules of one exam. Without `auto_accept_score` only a human accepts."""

    sha256: str
    hold_skipped: bool = False
    auto_accept_score: float | None = None
    rules: tuple[Rule, ...] = ()
    live_rules: tuple[LiveRule, ...] = ()

    def findings(self, report: Report) -> Iterator[Finding]:
        """Yield what fires on this report alone, so that the order of reports cannot matter."""
        results = (rule.finding(report) for rule in self.rules)
        return (finding for finding in results if finding is not None)

    def live_findings(self, recent_metrics: Sequence[LiveMetrics]) -> Iterator[Finding]:
        """Yield what fires on the newest of these events, which are in the order of arrival."""
        results = (rule.finding(recent_metrics) for rule in self.live_rules)
        yield from (finding for finding in results if finding is not None)
        yield from score_mismatch(recent_metrics[-1])


@dataclass(frozen=True, kw_only=True)
class Policy:
    """The policy file as read. Every decision under it names the `sha256` of its text."""

    text: str
    sha256: str
    default: ExamPolicy
    exams: Mapping[str, ExamPolicy] = field(default_factory=dict)

    def for_session(self, session: Session) -> ExamPolicy:
        """Return the policy of the exam that the LMS named, or the default.

        The exam that a browser names is ignored: a learner could choose the mildest policy.
        """
        exam = session.lms_attributes.get("exam")
        return self.exams.get(exam, self.default) if isinstance(exam, str) else self.default
