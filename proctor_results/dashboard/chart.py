"""The averages of a session as bars, against the bars that its exam's policy sets."""

from collections.abc import Iterator
from dataclasses import dataclass

from proctor_results.policies.model import AverageRule, ExamPolicy
from proctor_results.sessions.model import Session


@dataclass(frozen=True, kw_only=True)
class PolicyLimit:
    """What the policy allows of a metric: an average `at_least` so high makes the rule fire."""

    rule: str
    action: str
    at_least: float


@dataclass(frozen=True, kw_only=True)
class AverageBar:
    """One metric's average in per cent, and the limits set to it, the lowest first."""

    metric: str
    average: float
    limits: tuple[PolicyLimit, ...]

    @property
    def reached_limits(self) -> tuple[PolicyLimit, ...]:
        return tuple(limit for limit in self.limits if self.average >= limit.at_least)


def build_average_bars(session: Session, policy: ExamPolicy) -> list[AverageBar]:
    """One for each average, those beyond a limit first, then the longest."""
    average_bars = [
        AverageBar(metric=metric, average=float(average), limits=tuple(_limits_of(metric, policy)))
        for metric, average in session.facts_in("averages").items()
        if isinstance(average, int | float)
    ]
    return sorted(
        average_bars, key=lambda bar: (-len(bar.reached_limits), -bar.average, bar.metric)
    )


def _limits_of(metric: str, policy: ExamPolicy) -> Iterator[PolicyLimit]:
    rules = [
        rule for rule in policy.rules if isinstance(rule, AverageRule) and rule.metric == metric
    ]
    for rule in sorted(rules, key=lambda rule: rule.at_least):
        yield PolicyLimit(rule=rule.name, action=rule.action, at_least=rule.at_least)
