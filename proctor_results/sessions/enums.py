"""The states of sessions, receipts and decisions, each spelled as it is stored, sent and shown."""

from enum import StrEnum


class Status(StrEnum):
    """How far the sitting is."""

    CREATED = "created"
    STARTED = "started"
    SKIPPED = "skipped"
    STOPPED = "stopped"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class Outcome(StrEnum):
    """The result that is sent to the LMS."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    SKIPPED = "skipped"


class HoldKind(StrEnum):
    """Why an exam is locked for a learner."""

    DISCONNECTED = "disconnected"
    VIOLATION = "violation"
    REJECTED = "rejected"
    SKIPPED = "skipped"
    PAUSED = "paused"
    TERMINATED = "terminated"
    MANUAL = "manual"


class Topic(StrEnum):
    """A topic of messages to a target."""

    OUTCOME = "outcome"
    LOCK = "lock"


class ReceiptResult(StrEnum):
    """The result of processing an inbound request."""

    APPLIED = "applied"
    DUPLICATE = "duplicate"
    STALE = "stale"
    UNRECOGNISED = "unrecognised"
    INVALID = "invalid"


class Cause(StrEnum):
    """The event that caused a decision."""

    REPORT = "report"
    LAUNCH = "launch"
    HEARTBEAT = "heartbeat"
    HEARTBEAT_TIMEOUT = "heartbeat_timeout"
    METRICS = "metrics"
    REPLAY = "replay"
    OPERATOR = "operator"
    FINALIZED = "finalized"


class OperatorAction(StrEnum):
    """An act of an operator on a session."""

    HOLD = "hold"
    RELEASE = "release"
    NOTE = "note"
    OVERRIDE = "override"
    WITHDRAW_OVERRIDE = "withdraw"


class RuleAction(StrEnum):
    """The action of a policy rule that fires."""

    FLAG = "flag"
    HOLD = "hold"


VERDICTS = frozenset({Status.ACCEPTED, Status.REJECTED})

BUILTIN_RULES = frozenset(
    {
        "verdict",
        "status",
        "auto_accept",
        "heartbeat_timeout",
        "manual",
        "hold_skipped",
        "override",
        "score_mismatch",
    }
)
"""The rules that need no policy. No rule of a policy may have one of these names."""
