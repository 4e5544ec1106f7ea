"""What the stories need: where things are kept, how they are judged, who must be told, what is counted."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from proctor_results.domain.policy import Policy
from proctor_results.domain.rhythm import Rhythm
from proctor_results.flows.tally import Tally
from proctor_results.lms.base import Target
from proctor_results.store.ledger import Ledger
from proctor_results.vendors.base import Vendor


def _unread(text: str) -> Policy:
    raise LookupError("this house was wired without a reader of policies")


@dataclass(frozen=True, kw_only=True)
class House:
    """Wired once, when a process starts. `settle` is how long an outcome must not change before it is final.

    `vendors` and `read_policy` read again what was kept.
    """

    ledger: Ledger
    policy: Policy
    targets: tuple[Target, ...] = ()
    rhythm: Rhythm = field(default_factory=Rhythm)
    settle: timedelta = timedelta()
    vendors: Mapping[str, Vendor] = field(default_factory=dict)
    read_policy: Callable[[str], Policy] = _unread
    tally: Tally = field(default_factory=Tally)
