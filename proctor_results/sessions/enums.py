"""The words of the glossary that are states, each exactly as it is stored, told and shown."""

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
    """What the LMS is told about the result."""

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
    """What a target is told about a session."""

    OUTCOME = "outcome"
    LOCK = "lock"


class ReceiptResult(StrEnum):
    """What became of an inbound request."""

    APPLIED = "applied"
    DUPLICATE = "duplicate"
    STALE = "stale"
    UNRECOGNISED = "unrecognised"
    INVALID = "invalid"


class Cause(StrEnum):
    """What brought a decision about."""

    REPORT = "report"
    LAUNCH = "launch"
    HEARTBEAT = "heartbeat"
    HEARTBEAT_TIMEOUT = "silence"
    METRICS = "metrics"
    REPLAY = "replay"
    OPERATOR = "person"
    FINALIZED = "settled"


class OperatorAction(StrEnum):
    """What a person did to a session."""

    HOLD = "hold"
    RELEASE = "release"
    NOTE = "note"
    OVERRIDE = "override"
    WITHDRAW_OVERRIDE = "withdraw"


class RuleAction(StrEnum):
    """What a policy rule does when it fires."""

    FLAG = "flag"
    HOLD = "hold"


VERDICTS = frozenset({Status.ACCEPTED, Status.REJECTED})

BUILTIN_RULES = frozenset(
    {
        "verdict",
        "status",
        "auto_accept",
        "silence",
        "manual",
        "hold_skipped",
        "override",
        "score_mismatch",
    }
)
"""The rules that need no policy: no rule of a policy has one of these names."""
