"""Judges what a browser says of the last seconds. That is no proof: it can raise a finding, and never take one away."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from proctor_results.domain.session import Finding
from proctor_results.domain.words import Action

KEPT_EVENTS = 20
MISMATCH = "score-mismatch"
TOLERANCE = 0.5


@dataclass(frozen=True, kw_only=True)
class LiveEvent:
    """One metrics event. `weighted` is weight times value per metric, `claimed` the score that the page gave."""

    weighted: Mapping[str, float]
    threshold: float | None = None
    claimed: float | None = None

    def score(self, ignoring: Sequence[str] = ()) -> float:
        """The guide's formula (§3.6): 100 less the sum of weight times value, and never below 0."""
        return max(0.0, 100 - sum(value for metric, value in self.weighted.items() if metric not in ignoring))


@dataclass(frozen=True, kw_only=True)
class LiveRule:
    """Fires when at least `times` of the `of_last` newest events are bad.

    Bad is an event whose `metric`, weighted, reaches `at_least`, or whose score is below `score_below`; without
    either, one whose score is below the vendor's own threshold.
    """

    name: str
    action: Action
    metric: str | None = None
    at_least: float | None = None
    score_below: float | None = None
    ignoring: tuple[str, ...] = ()
    times: int = 1
    of_last: int = 1

    def finding(self, events: Sequence[LiveEvent]) -> Finding | None:
        """`events` in the order they came, the newest last."""
        bad = [fault for fault in map(self._fault, events[-self.of_last :]) if fault]
        if len(bad) < self.times:
            return None
        measured, bar, words = max(bad, key=lambda fault: abs(fault[0] - fault[1]))
        often = f" in {len(bad)} of the last {self.of_last} events" if self.of_last > 1 else ""
        return Finding(rule=self.name, action=self.action, measured=measured, bar=bar, detail=f"live {words}{often}")

    @property
    def condition(self) -> str:
        often = f" in {self.times} of the last {self.of_last} live events" if self.of_last > 1 else " in a live event"
        if self.metric is not None and self.at_least is not None:
            return f"{self.metric}, weighted, is {self.at_least:g} or more{often}"
        without = f" (not counting {', '.join(self.ignoring)})" if self.ignoring else ""
        bar = "the vendor's threshold" if self.score_below is None else f"{self.score_below:g}"
        return f"the score{without} is below {bar}{often}"

    def _fault(self, event: LiveEvent) -> tuple[float, float, str] | None:
        if self.metric is not None and self.at_least is not None:
            value = event.weighted.get(self.metric, 0)
            words = f"{self.metric} is {value:g}, allowed below {self.at_least:g}"
            return (value, self.at_least, words) if value >= self.at_least else None
        bar = event.threshold if self.score_below is None else self.score_below
        score = event.score(self.ignoring)
        return (score, bar, f"score {score:g} is below {bar:g}") if bar is not None and score < bar else None


def mismatch(event: LiveEvent) -> Iterator[Finding]:
    """A page that computes another score than its own metrics give is worth a look."""
    score = event.score()
    if event.claimed is not None and abs(event.claimed - score) > TOLERANCE:
        detail = f"the page said score {event.claimed:g}, its metrics give {score:g}"
        yield Finding(rule=MISMATCH, action=Action.FLAG, measured=event.claimed, bar=score, detail=detail)
