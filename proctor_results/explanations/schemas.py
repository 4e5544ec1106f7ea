"""A decision as JSON, and as OpenAPI describes it."""

from marshmallow import Schema, fields, validate

from proctor_results.deliveries.messages import hold_json, reason_json
from proctor_results.explanations.explain_session import (
    ExplainedDecision,
    ReceiptReference,
    ReevaluationResult,
)
from proctor_results.formats.json_value import Json
from proctor_results.formats.times import format_time
from proctor_results.sessions.enums import Cause, OperatorAction, Outcome
from proctor_results.sessions.schemas import HoldSchema, ReasonSchema


def decision_json(explained: ExplainedDecision) -> dict[str, Json]:
    """The decision in the words of the public contract; what it does not have is null."""
    decision = explained.decision
    return {
        "revision": decision.revision,
        "at": format_time(decision.at),
        "cause": decision.source.cause,
        "action": decision.source.inputs.get("action"),
        "actor": decision.source.actor,
        "note": decision.source.note,
        "outcome_before": decision.outcome_before,
        "outcome": decision.outcome,
        "final": decision.final,
        "final_at": None if decision.final_at is None else format_time(decision.final_at),
        "revised": decision.revised,
        "opened": [hold_json(hold) for hold in decision.opened],
        "closed": [hold_json(hold) for hold in decision.closed],
        "reasons": [reason_json(reason) for reason in decision.reasons],
        "policy_sha256": decision.policy_sha256,
        "receipt": _receipt_json(explained.receipt),
        "reevaluation": explained.reevaluation,
    }


def _receipt_json(receipt: ReceiptReference | None) -> dict[str, Json] | None:
    if receipt is None:
        return None
    return {
        "id": receipt.receipt_id,
        "vendor": receipt.vendor,
        "received_at": format_time(receipt.received_at),
        "sha256": receipt.sha256,
    }


class ReceiptSchema(Schema):
    """The request behind a decision, kept as it came."""

    id = fields.Integer(required=True)
    vendor = fields.String(required=True)
    received_at = fields.AwareDateTime(required=True)
    sha256 = fields.String(required=True, metadata={"description": "of its body"})


class DecisionSchema(Schema):
    """What changed outcome or open holds, or was noted, with what speaks for it."""

    revision = fields.Integer(
        required=True, metadata={"description": "of the session, that it made"}
    )
    at = fields.AwareDateTime(required=True)
    cause = fields.String(required=True, validate=validate.OneOf([*Cause]))
    action = fields.String(
        required=True,
        allow_none=True,
        validate=validate.OneOf([*OperatorAction]),
        metadata={"description": "what, where a person did it"},
    )
    actor = fields.String(
        required=True, allow_none=True, metadata={"description": "who, where a person did it"}
    )
    note = fields.String(
        required=True, allow_none=True, metadata={"description": "why, in that person's words"}
    )
    outcome_before = fields.String(required=True, validate=validate.OneOf([*Outcome]))
    outcome = fields.String(required=True, validate=validate.OneOf([*Outcome]))
    final = fields.Boolean(required=True)
    final_at = fields.AwareDateTime(required=True, allow_none=True)
    revised = fields.Boolean(
        required=True, metadata={"description": "it changed an outcome that was final"}
    )
    opened = fields.List(fields.Nested(HoldSchema), required=True)
    closed = fields.List(fields.Nested(HoldSchema), required=True)
    reasons = fields.List(fields.Nested(ReasonSchema), required=True)
    policy_sha256 = fields.String(
        required=True, metadata={"description": "of the policy that judged"}
    )
    receipt = fields.Nested(ReceiptSchema, required=True, allow_none=True)
    reevaluation = fields.String(
        required=True,
        validate=validate.OneOf([*ReevaluationResult]),
        metadata={
            "description": "what comes of judging again, from what is stored, by the policy that judged then"
        },
    )


class DecisionsSchema(Schema):
    """A page of what was decided about a session, the oldest first."""

    identifier = fields.String(required=True)
    decisions = fields.List(fields.Nested(DecisionSchema), required=True)
    next = fields.String(required=True, metadata={"description": "ask again with this as `after`"})
    more = fields.Boolean(required=True, metadata={"description": "whether to ask again at once"})
