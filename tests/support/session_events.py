"""A worker that takes one step at a time, so that anything can happen in between."""

from dataclasses import dataclass, field
from datetime import datetime

from proctor_results.deliveries.deliver import (
    AttemptResult,
    claim_due,
    record_results,
    send,
)
from proctor_results.deliveries.queue import LeasedDelivery
from proctor_results.dependencies import Dependencies


@dataclass
class Steps:
    """Claims some, carries one after the other, and settles them together. Killed, it is not asked any more."""

    claims: list[LeasedDelivery] = field(default_factory=list)
    landings: list[AttemptResult] = field(default_factory=list)

    @property
    def busy(self) -> bool:
        return bool(self.claims or self.landings)

    def go_on(self, deps: Dependencies, at_once: int, now: datetime) -> None:
        """The next step, at the house's first target."""
        if self.claims:
            self._carry(deps, now)
        elif self.landings:
            self._settle(deps)
        else:
            self._claim(deps, at_once, now)

    def _carry(self, deps: Dependencies, now: datetime) -> None:
        claimed = self.claims.pop(0)
        result = send(deps.targets[0], claimed, now)
        self.landings.append(AttemptResult(claim=claimed, result=result, at=now, seconds=0))

    def _settle(self, deps: Dependencies) -> None:
        record_results(deps, self.landings, jitter=0.5)
        self.landings = []

    def _claim(self, deps: Dependencies, at_once: int, now: datetime) -> None:
        self.claims = claim_due(deps, deps.targets[0], at_once, now)
