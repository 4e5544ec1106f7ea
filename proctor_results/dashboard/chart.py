"""The averages of a session as bars, against the bars that its exam's policy sets."""

from collections.abc import Iterator
from dataclasses import dataclass

from proctor_results.domain.policy import AverageRule, ExamPolicy
from proctor_results.domain.session import Session


@dataclass(frozen=True, kw_only=True)
class Limit:
    """What the policy allows of a metric: an average `at_least` so high makes the rule fire."""

    rule: str
    action: str
    at_least: float


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One metric's average in per cent, and the limits set to it, the lowest first."""

    metric: str
    average: float
    limits: tuple[Limit, ...]

    @property
    def reached(self) -> tuple[Limit, ...]:
        return tuple(limit for limit in self.limits if self.average >= limit.at_least)


def bars(session: Session, policy: ExamPolicy) -> list[Bar]:
    """One for each average, those beyond a limit first, then the longest."""
    found = [
        Bar(metric=metric, average=float(average), limits=tuple(_limits(metric, policy)))
        for metric, average in session.group("averages").items()
        if isinstance(average, int | float)
    ]
    return sorted(found, key=lambda bar: (-len(bar.reached), -bar.average, bar.metric))


def _limits(metric: str, policy: ExamPolicy) -> Iterator[Limit]:
    rules = [rule for rule in policy.rules if isinstance(rule, AverageRule) and rule.metric == metric]
    for rule in sorted(rules, key=lambda each: each.at_least):
        yield Limit(rule=rule.name, action=rule.action, at_least=rule.at_least)
