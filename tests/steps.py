"""A worker that takes one step at a time, so that anything can happen in between."""

from dataclasses import dataclass, field
from datetime import datetime

from proctor_results.flows.deliver import Landing, carry, claim, settle
from proctor_results.flows.house import House
from proctor_results.store.deliveries import Claim


@dataclass
class Steps:
    """Claims some, carries one after the other, and settles them together. Killed, it is not asked any more."""

    claims: list[Claim] = field(default_factory=list)
    landings: list[Landing] = field(default_factory=list)

    @property
    def busy(self) -> bool:
        return bool(self.claims or self.landings)

    def go_on(self, house: House, at_once: int, now: datetime) -> None:
        """The next step, at the house's first target."""
        if self.claims:
            self._carry(house, now)
        elif self.landings:
            self._settle(house)
        else:
            self._claim(house, at_once, now)

    def _carry(self, house: House, now: datetime) -> None:
        claimed = self.claims.pop(0)
        result = carry(house.targets[0], claimed, now)
        self.landings.append(Landing(claim=claimed, result=result, at=now, seconds=0))

    def _settle(self, house: House) -> None:
        settle(house, self.landings, jitter=0.5)
        self.landings = []

    def _claim(self, house: House, at_once: int, now: datetime) -> None:
        self.claims = claim(house, house.targets[0], at_once, now)
