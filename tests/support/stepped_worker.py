"""A worker that takes one step at a time, so that a test can act in between."""

from dataclasses import dataclass, field
from datetime import datetime

from proctor_results.deliveries.deliver import claim_due, record_results, send
from proctor_results.deliveries.model import AttemptResult, LeasedDelivery
from proctor_results.dependencies import Dependencies


@dataclass
class SteppedWorker:
    """Leases some deliveries, sends one after the other, and records the results together."""

    leased: list[LeasedDelivery] = field(default_factory=list)
    attempts: list[AttemptResult] = field(default_factory=list)

    @property
    def has_work(self) -> bool:
        return bool(self.leased or self.attempts)

    def take_step(self, deps: Dependencies, limit: int, now: datetime) -> None:
        """Take the next step for the first target."""
        if self.leased:
            self._send_next(deps, now)
        elif self.attempts:
            self._record_attempts(deps)
        else:
            self._lease_due(deps, limit, now)

    def _send_next(self, deps: Dependencies, now: datetime) -> None:
        lease = self.leased.pop(0)
        result = send(deps.targets[0], lease, now)
        self.attempts.append(AttemptResult(claim=lease, result=result, at=now, seconds=0))

    def _record_attempts(self, deps: Dependencies) -> None:
        record_results(deps, self.attempts, jitter=0.5)
        self.attempts = []

    def _lease_due(self, deps: Dependencies, limit: int, now: datetime) -> None:
        self.leased = claim_due(deps, deps.targets[0], limit, now)
