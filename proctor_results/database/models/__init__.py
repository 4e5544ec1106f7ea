"""peewee models: what a row of each table is. Times are whole milliseconds since 1970 UTC."""

from proctor_results.database.models.base import JsonField, Row, TimeField
from proctor_results.database.models.deliveries import Attempt, Delivery, Job, Target
from proctor_results.database.models.evidence import (
    Checkpoint,
    Decision,
    Erasure,
    Policy,
    Receipt,
    ReceiptEvent,
)
from proctor_results.database.models.heartbeats import (
    HeartbeatState,
    RecentLiveMetrics,
    WebLiveness,
)
from proctor_results.database.models.operators import LoginAttempt, Operator, SignIn
from proctor_results.database.models.processes import MetricCounter, Worker
from proctor_results.database.models.sessions import FeedCounter, Session, SessionReference

__all__ = [
    "Attempt",
    "Checkpoint",
    "Decision",
    "Delivery",
    "Erasure",
    "FeedCounter",
    "HeartbeatState",
    "Job",
    "JsonField",
    "LoginAttempt",
    "MetricCounter",
    "Operator",
    "Policy",
    "Receipt",
    "ReceiptEvent",
    "RecentLiveMetrics",
    "Row",
    "Session",
    "SessionReference",
    "SignIn",
    "Target",
    "TimeField",
    "WebLiveness",
    "Worker",
]
