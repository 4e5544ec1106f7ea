"""The values of deliveries: what is leased, the result of an attempt, and a filter."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from proctor_results.deliveries.targets.base import PushResult
from proctor_results.sessions.enums import Topic
from proctor_results.sessions.model import Session


class DeliveryState(StrEnum):
    """The state of a pending delivery: it has a next attempt, a lease, or neither."""

    WAITING = "waiting"
    IN_FLIGHT = "in_flight"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class LeasedDelivery:
    """A delivery leased to this worker, with the session as it is now and the revision to send.

    A probe finds out whether a paused target answers again.
    """

    delivery_id: int
    lease_token: str
    lease_expires_at: datetime
    target: str
    topic: Topic
    revision: int
    desired_since: datetime
    pending_since: datetime
    failure_count: int
    request_id: str | None
    session: Session
    is_probe: bool = False


@dataclass(frozen=True, kw_only=True)
class AttemptResult:
    """An attempt that has ended at `at`, and how many seconds it took."""

    claim: LeasedDelivery
    result: PushResult
    at: datetime
    seconds: float

    @property
    def started_at(self) -> datetime:
        return self.at - timedelta(seconds=self.seconds)


@dataclass(frozen=True, kw_only=True)
class DeliveryFilter:
    """Selects pending deliveries; a field that is None selects all.

    `since` and `until` bound `pending_since`.
    """

    target: str | None = None
    topic: str | None = None
    state: str | None = None
    session: str | None = None
    student: str | None = None
    exam: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class TargetState:
    """How a target has answered lately: failures in a row, a pause, or 410 (disabled)."""

    failure_count: int = 0
    paused_until: datetime | None = None
    disabled_at: datetime | None = None
    detail: str = ""
