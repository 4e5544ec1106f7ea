"""Rules on live metrics from a browser, which can add a finding, and never remove one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from proctor_results.sessions.enums import RuleAction
from proctor_results.sessions.model import Finding

MAX_KEPT_METRICS = 20
SCORE_MISMATCH_RULE = "score_mismatch"
SCORE_TOLERANCE = 0.5


@dataclass(frozen=True, kw_only=True)
class LiveMetrics:
    """One metrics event: weight times value of each metric, and the score that the page gave."""

    weighted_violations: Mapping[str, float]
    threshold: float | None = None
    reported_score: float | None = None

    def score(self, ignoring: Sequence[str] = ()) -> float:
        """Compute the guide's formula (§3.6): 100 minus the sum of weight times value, from 0."""
        return max(
            0.0,
            100
            - sum(
                value
                for metric, value in self.weighted_violations.items()
                if metric not in ignoring
            ),
        )


@dataclass(frozen=True, kw_only=True)
class LiveRule:
    """Fires when at least `times` of the `of_last` newest events violate its limit.

    An event violates it if its `metric`, weighted, is `at_least` the limit, or its score is below
    `score_below`; without either, if its score is below the vendor's own threshold.
    """

    name: str
    action: RuleAction
    metric: str | None = None
    at_least: float | None = None
    score_below: float | None = None
    ignoring: tuple[str, ...] = ()
    times: int = 1
    of_last: int = 1

    def finding(self, recent_metrics: Sequence[LiveMetrics]) -> Finding | None:
        """Evaluate events in the order of arrival."""
        violations = [
            violation
            for violation in map(self._violation, recent_metrics[-self.of_last :])
            if violation
        ]
        if len(violations) < self.times:
            return None
        value, limit, detail = max(
            violations, key=lambda violation: abs(violation[0] - violation[1])
        )
        frequency = (
            f" in {len(violations)} of the last {self.of_last} events" if self.of_last > 1 else ""
        )
        return Finding(
            rule=self.name,
            action=self.action,
            value=value,
            limit=limit,
            detail=f"live {detail}{frequency}",
        )

    @property
    def condition(self) -> str:
        frequency = (
            f" in {self.times} of the last {self.of_last} live events"
            if self.of_last > 1
            else " in a live event"
        )
        if self.metric is not None and self.at_least is not None:
            return f"{self.metric}, weighted, is {self.at_least:g} or more{frequency}"
        exclusion = f" (not counting {', '.join(self.ignoring)})" if self.ignoring else ""
        limit = "the vendor's threshold" if self.score_below is None else f"{self.score_below:g}"
        return f"the score{exclusion} is below {limit}{frequency}"

    def _violation(self, metrics: LiveMetrics) -> tuple[float, float, str] | None:
        if self.metric is not None and self.at_least is not None:
            value = metrics.weighted_violations.get(self.metric, 0)
            detail = f"{self.metric} is {value:g}, allowed below {self.at_least:g}"
            return (value, self.at_least, detail) if value >= self.at_least else None
        limit = metrics.threshold if self.score_below is None else self.score_below
        score = metrics.score(self.ignoring)
        return (
            (score, limit, f"score {score:g} is below {limit:g}")
            if limit is not None and score < limit
            else None
        )


def score_mismatch(metrics: LiveMetrics) -> Iterator[Finding]:
    """Flag a page that gave another score than its own metrics give."""
    score = metrics.score()
    if metrics.reported_score is not None and abs(metrics.reported_score - score) > SCORE_TOLERANCE:
        detail = f"the page reported score {metrics.reported_score:g}, its metrics give {score:g}"
        yield Finding(
            rule=SCORE_MISMATCH_RULE,
            action=RuleAction.FLAG,
            value=metrics.reported_score,
            limit=score,
            detail=detail,
        )
