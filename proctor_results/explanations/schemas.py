"""Decisions as JSON."""

from marshmallow import Schema, fields, validate

from proctor_results.api.fields import PageSchema, UtcTime
from proctor_results.explanations.explain_session import ReevaluationResult
from proctor_results.sessions.enums import Cause, OperatorAction, Outcome
from proctor_results.sessions.schemas import HoldSchema, ReasonSchema


class ReceiptSchema(Schema):
    """The request behind a decision, stored as it arrived."""

    id = fields.Integer(required=True, attribute="receipt_id")
    vendor = fields.String(required=True)
    received_at = UtcTime(required=True)
    sha256 = fields.String(required=True, metadata={"description": "of its body"})


class DecisionSchema(Schema):
    """A change of outcome or open holds, or a note, with its reasons. Dumps `ExplainedDecision`."""

    revision = fields.Integer(
        required=True,
        attribute="decision.revision",
        metadata={"description": "of the session, after this decision"},
    )
    at = UtcTime(required=True, attribute="decision.at")
    cause = fields.String(
        required=True, attribute="decision.source.cause", validate=validate.OneOf([*Cause])
    )
    action = fields.String(
        required=True,
        allow_none=True,
        attribute="decision.source.inputs.action",
        dump_default=None,
        validate=validate.OneOf([*OperatorAction]),
        metadata={"description": "what a person did; null for other causes"},
    )
    actor = fields.String(
        required=True,
        allow_none=True,
        attribute="decision.source.actor",
        metadata={"description": "the person who acted"},
    )
    note = fields.String(
        required=True,
        allow_none=True,
        attribute="decision.source.note",
        metadata={"description": "the reason, in that person's words"},
    )
    outcome_before = fields.String(
        required=True, attribute="decision.outcome_before", validate=validate.OneOf([*Outcome])
    )
    outcome = fields.String(
        required=True, attribute="decision.outcome", validate=validate.OneOf([*Outcome])
    )
    final = fields.Boolean(required=True, attribute="decision.final")
    final_at = UtcTime(required=True, allow_none=True, attribute="decision.final_at")
    revised = fields.Boolean(
        required=True,
        attribute="decision.revised",
        metadata={"description": "it changed an outcome that was final"},
    )
    opened = fields.List(fields.Nested(HoldSchema), required=True, attribute="decision.opened")
    closed = fields.List(fields.Nested(HoldSchema), required=True, attribute="decision.closed")
    reasons = fields.List(fields.Nested(ReasonSchema), required=True, attribute="decision.reasons")
    policy_sha256 = fields.String(
        required=True,
        attribute="decision.policy_sha256",
        metadata={"description": "of the policy that was applied"},
    )
    receipt = fields.Nested(ReceiptSchema, required=True, allow_none=True)
    reevaluation = fields.String(
        required=True,
        validate=validate.OneOf([*ReevaluationResult]),
        metadata={"description": "whether what is stored leads to the same decision again"},
    )


class DecisionsSchema(PageSchema):
    """A page of a session's decisions, the oldest first."""

    identifier = fields.String(required=True)
    decisions = fields.List(fields.Nested(DecisionSchema), required=True)
