"""What happened to a session, step by step, and what a policy finds in it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from proctor_results.policies.live_rules import LiveMetrics
from proctor_results.policies.model import ExamPolicy
from proctor_results.sessions.decision import DecisionSource
from proctor_results.sessions.model import Finding
from proctor_results.sessions.report import Report
from proctor_results.sessions.rules.apply_report import worst_by_rule


@dataclass(frozen=True, kw_only=True)
class MissingReport:
    """A report that cannot be read any more, and why."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class HistoryEvent:
    """What happened to a session, and its revision afterwards. A report that was old news made none of its own.

    One that was fed through again is `overtaken` where a later one had been taken into account before. `settle` is how
    long the outcome was to settle where this step changed it.
    """

    revision: int
    at: datetime
    source: DecisionSource
    policy_sha256: str
    report: Report | MissingReport | None = None
    changed_session: bool = True
    superseded: bool = False
    final_after: timedelta = timedelta()

    @property
    def sort_key(self) -> tuple[int, bool]:
        """Steps happened in this order."""
        return self.revision, not self.changed_session

    @property
    def live_metrics(self) -> list[LiveMetrics]:
        """The live live_metrics that came in by this step, or had just before it."""
        stored_metrics: Any = self.source.inputs.get("live_metrics", ())
        return [LiveMetrics(**values) for values in stored_metrics]

    def findings(self, policy: ExamPolicy) -> Iterator[Finding]:
        """What that policy finds in what came in by this step."""
        if isinstance(self.report, Report):
            yield from policy.findings(self.report)
        if self.live_metrics:
            yield from policy.live_findings(self.live_metrics)


def findings_in(
    events: Iterable[HistoryEvent], policy: ExamPolicy, known_findings: tuple[Finding, ...]
) -> tuple[Finding, ...]:
    """What the policy finds in all of them, instead of what is `known`; that stays only where a report is lost."""
    events = list(events)
    fallback = (
        known_findings if any(isinstance(event.report, MissingReport) for event in events) else ()
    )
    return worst_by_rule(
        fallback, (finding for event in events for finding in event.findings(policy))
    )
