"""The dependencies of the use cases: database, policy, targets, settings and counters."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from proctor_results.database.connection import Database
from proctor_results.deliveries.targets.base import Target
from proctor_results.heartbeats.timeout import HeartbeatConfig
from proctor_results.metrics.counters import MetricCounters
from proctor_results.policies.model import Policy
from proctor_results.vendors.base import Vendor


def _no_policy_reader(text: str) -> Policy:
    raise LookupError("no policy parser is configured")


@dataclass(frozen=True, kw_only=True)
class Dependencies:
    """Built once, when a process starts.

    `outcome_final_after` is how long an outcome must not change before it is final. `vendors` and
    `read_policy` read again what was stored.
    """

    database: Database
    policy: Policy
    targets: tuple[Target, ...] = ()
    heartbeat_config: HeartbeatConfig = field(default_factory=HeartbeatConfig)
    outcome_final_after: timedelta = timedelta()
    vendors: Mapping[str, Vendor] = field(default_factory=dict)
    read_policy: Callable[[str], Policy] = _no_policy_reader
    counters: MetricCounters = field(default_factory=MetricCounters)
