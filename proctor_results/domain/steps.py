"""What happened to a session, step by step, and what a policy finds in it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from proctor_results.domain.decision import Origin
from proctor_results.domain.live import LiveEvent
from proctor_results.domain.merge import worst
from proctor_results.domain.policy import ExamPolicy
from proctor_results.domain.report import Report
from proctor_results.domain.session import Finding


@dataclass(frozen=True, kw_only=True)
class Lost:
    """A report that cannot be read any more, and why."""

    why: str


@dataclass(frozen=True, kw_only=True)
class Step:
    """What happened to a session, and its revision afterwards. A report that was old news made none of its own.

    One that was fed through again is `overtaken` where a later one had been taken into account before. `settle` is how
    long the outcome was to settle where this step changed it.
    """

    revision: int
    at: datetime
    by: Origin
    policy_sha256: str
    report: Report | Lost | None = None
    made_it: bool = True
    overtaken: bool = False
    settle: timedelta = timedelta()

    @property
    def place(self) -> tuple[int, bool]:
        """Steps happened in this order."""
        return self.revision, not self.made_it

    @property
    def events(self) -> list[LiveEvent]:
        """The live events that came in by this step, or had just before it."""
        said: Any = self.by.said.get("events", ())
        return [LiveEvent(**each) for each in said]

    def findings(self, policy: ExamPolicy) -> Iterator[Finding]:
        """What that policy finds in what came in by this step."""
        if isinstance(self.report, Report):
            yield from policy.findings(self.report)
        if self.events:
            yield from policy.live_findings(self.events)


def found(steps: Iterable[Step], policy: ExamPolicy, known: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """What the policy finds in all of them, instead of what is `known`; that stays only where a report is lost."""
    steps = list(steps)
    kept = known if any(isinstance(step.report, Lost) for step in steps) else ()
    return worst(kept, (finding for step in steps for finding in step.findings(policy)))
