"""The three sides that must agree: sent, stored and received data."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from bench.reconciliation.shifted_clock import ShiftedClock
from proctor_results.heartbeats.timeout import HeartbeatConfig
from proctor_results.policies.load import default_policy
from proctor_results.policies.model import Policy
from proctor_results.sessions.decision import Decision
from proctor_results.sessions.enums import ReceiptResult, Topic
from proctor_results.sessions.model import Session
from proctor_results.sessions.report import Report
from proctor_results.vendors.base import WebhookRequest, single_report
from proctor_results.vendors.supervisor.webhook import SupervisorWebhook


@dataclass(frozen=True, kw_only=True)
class PostAttempt:
    """One try to post a body. Without a status no response came: it may be stored or not."""

    body: bytes
    status: int | None


@dataclass(frozen=True, kw_only=True)
class ManualChange:
    """A manual hold or its release, answered with 200; its `note` is unique."""

    identifier: str
    note: str


@dataclass(frozen=True, kw_only=True)
class HeartbeatAttempt:
    """One try of a heartbeat, by the sender's monotonic clock."""

    launch: int
    sent: float
    ended: float
    was_answered: bool


@dataclass(kw_only=True)
class SessionLog:
    """The launches and heartbeats that were sent for one session, and how it ended.

    `first_heartbeat_at` is approximate. `is_disconnected` means that the learner stopped for good
    without a regular end.
    """

    identifier: str
    student: str
    first_heartbeat_at: datetime | None = None
    launch_attempts: int = 0
    answered_launches: int = 0
    heartbeats: list[HeartbeatAttempt] = field(default_factory=list)
    is_disconnected: bool = False


@dataclass(kw_only=True)
class SentData:
    """Everything that was sent to the service.

    `live_metric_bodies` are those of metrics events, `manually_held` the sessions with a manual
    hold in the end, `errors` the responses that were wrong at once.
    """

    posts: list[PostAttempt] = field(default_factory=list)
    live_metric_bodies: list[bytes] = field(default_factory=list)
    session_logs: dict[str, SessionLog] = field(default_factory=dict)
    manual_changes: list[ManualChange] = field(default_factory=list)
    manually_held: set[str] = field(default_factory=set)
    errors: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class StoredReceiptRow:
    """A stored receipt."""

    identifier: str | None
    body: bytes
    content_sha256: str | None
    result: ReceiptResult


@dataclass(frozen=True, kw_only=True)
class ReevaluatedHistory:
    """The result of evaluating the stored history of a session again.

    `states` has the session at each revision from 0 on; `error` says why it could not be completed.
    """

    states: Sequence[Session]
    decisions: Sequence[Decision]
    error: str = ""


@dataclass(frozen=True, kw_only=True)
class StoredData:
    """The content of the database.

    `pending_deliveries` describes each delivery that is still due, `heartbeat_counts` counts by
    session.
    """

    sessions: Mapping[str, Session]
    receipts: Sequence[StoredReceiptRow] = ()
    decisions: Mapping[str, Sequence[Decision]] = field(default_factory=dict)
    histories: Mapping[str, ReevaluatedHistory] = field(default_factory=dict)
    pending_deliveries: Sequence[str] = ()
    heartbeat_counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class ReceivedMessage:
    """One message that the LMS read to its end; `was_accepted` if it answered 2xx."""

    webhook_id: str
    body: bytes
    signature_valid: bool = True
    was_accepted: bool = True

    @cached_property
    def message(self) -> dict[str, Any]:
        payload: dict[str, Any] = json.loads(self.body)
        return payload

    @property
    def data(self) -> Mapping[str, Any]:
        data: Mapping[str, Any] = self.message["data"]
        return data

    @property
    def subject(self) -> tuple[str, Topic]:
        return self.data["identifier"], Topic(self.message["type"].removeprefix("session."))

    @property
    def revision(self) -> int:
        return int(self.data["revision"])

    @property
    def content(self) -> Mapping[str, Any]:
        """The data without the revision."""
        return {name: value for name, value in self.data.items() if name != "revision"}


@dataclass(frozen=True, kw_only=True)
class ReconciliationData:
    """The three sides; `received` is in order of arrival.

    `feed_revisions` are the revisions that a reader of the change feed received, in that order.
    `may_duplicate` says that a try may be stored twice, because the service repeats a write whose
    connection broke (decision 3). `timeout_seconds` is the longest allowed silence.
    """

    sent: SentData
    stored: StoredData
    received: Sequence[ReceivedMessage]
    policy: Policy = field(default_factory=default_policy)
    feed_revisions: Mapping[str, Sequence[int]] = field(default_factory=dict)
    may_duplicate: bool = False
    clock: ShiftedClock = field(default_factory=ShiftedClock)
    timeout_seconds: float = HeartbeatConfig().timeout.total_seconds()
    _parsed_reports: dict[bytes, Report | None] = field(default_factory=dict, repr=False)

    @property
    def copies_per_attempt(self) -> int:
        """The number of stored copies that one try may leave."""
        return 2 if self.may_duplicate else 1

    def report(self, body: bytes) -> Report | None:
        """Return the report in a body, or None; each body is parsed once."""
        if body not in self._parsed_reports:
            parsed = _SUPERVISOR.parse(WebhookRequest(body=body))
            self._parsed_reports[body] = single_report(parsed)
        return self._parsed_reports[body]

    @cached_property
    def last_accepted(self) -> Mapping[tuple[str, Topic], ReceivedMessage]:
        """The last message that the LMS accepted, by session and topic."""
        return {
            message.subject: message
            for message in self.received
            if message.was_accepted and message.signature_valid
        }


_SUPERVISOR = SupervisorWebhook()
