"""Describes the history of a session, event by event, with the findings of a policy."""

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
    """Stands for a report that cannot be read any more, and says why."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class HistoryEvent:
    """One event, and the session's revision after it. A stale report made no revision.

    A replayed report is `superseded` where a later one had been applied before. `final_after` is
    how long the outcome that this event changed had to remain unchanged to become final.
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
        """The order in which events happened."""
        return self.revision, not self.changed_session

    @property
    def live_metrics(self) -> list[LiveMetrics]:
        """The live metrics that were evaluated with this event."""
        stored_metrics: Any = self.source.inputs.get("live_metrics", ())
        return [LiveMetrics(**values) for values in stored_metrics]

    def findings(self, policy: ExamPolicy) -> Iterator[Finding]:
        """Yield what the policy finds in what this event brought."""
        if isinstance(self.report, Report):
            yield from policy.findings(self.report)
        if self.live_metrics:
            yield from policy.live_findings(self.live_metrics)


def findings_in(
    events: Iterable[HistoryEvent], policy: ExamPolicy, known_findings: tuple[Finding, ...]
) -> tuple[Finding, ...]:
    """Return what the policy finds in all events.

    `known_findings` are kept only where a report cannot be read any more.
    """
    events = list(events)
    fallback = (
        known_findings if any(isinstance(event.report, MissingReport) for event in events) else ()
    )
    return worst_by_rule(
        fallback, (finding for event in events for finding in event.findings(policy))
    )
