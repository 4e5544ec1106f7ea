"""What the stories need: where things are kept, how they are judged, who must be told, what is counted."""

from dataclasses import dataclass, field
from datetime import timedelta

from proctor_results.domain.policy import Policy
from proctor_results.domain.rhythm import Rhythm
from proctor_results.flows.tally import Tally
from proctor_results.lms.base import Target
from proctor_results.store.ledger import Ledger


@dataclass(frozen=True, kw_only=True)
class House:
    """Wired once, when a process starts. `settle` is how long an outcome must not change before it is final."""

    ledger: Ledger
    policy: Policy
    targets: tuple[Target, ...] = ()
    rhythm: Rhythm = field(default_factory=Rhythm)
    settle: timedelta = timedelta()
    tally: Tally = field(default_factory=Tally)
