"""A decision as JSON, and as OpenAPI describes it."""

from marshmallow import Schema, fields, validate

from proctor_results.domain.json_value import Json
from proctor_results.domain.messages import hold_json, reason_json
from proctor_results.domain.times import text_of
from proctor_results.domain.words import Act, Cause, Outcome
from proctor_results.flows.explain_session import Again, Explained, ReceiptMark
from proctor_results.web.session_json import HoldSchema, ReasonSchema


def decision_json(decided: Explained) -> dict[str, Json]:
    """The decision in the words of the public contract; what it does not have is null."""
    made = decided.decision
    return {
        "revision": made.revision,
        "at": text_of(made.at),
        "cause": made.by.cause,
        "act": made.by.said.get("act"),
        "actor": made.by.actor,
        "note": made.by.note,
        "outcome_before": made.outcome_before,
        "outcome": made.outcome,
        "final": made.final,
        "settles_at": None if made.settles_at is None else text_of(made.settles_at),
        "revised": made.revised,
        "opened": [hold_json(hold) for hold in made.opened],
        "closed": [hold_json(hold) for hold in made.closed],
        "reasons": [reason_json(reason) for reason in made.reasons],
        "policy_sha256": made.policy_sha256,
        "receipt": _receipt_json(decided.receipt),
        "judged_again": decided.again,
    }


def _receipt_json(receipt: ReceiptMark | None) -> dict[str, Json] | None:
    if receipt is None:
        return None
    return {
        "id": receipt.number,
        "vendor": receipt.vendor,
        "received_at": text_of(receipt.received_at),
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

    revision = fields.Integer(required=True, metadata={"description": "of the session, that it made"})
    at = fields.AwareDateTime(required=True)
    cause = fields.String(required=True, validate=validate.OneOf([*Cause]))
    act = fields.String(
        required=True,
        allow_none=True,
        validate=validate.OneOf([*Act]),
        metadata={"description": "what, where a person did it"},
    )
    actor = fields.String(required=True, allow_none=True, metadata={"description": "who, where a person did it"})
    note = fields.String(required=True, allow_none=True, metadata={"description": "why, in that person's words"})
    outcome_before = fields.String(required=True, validate=validate.OneOf([*Outcome]))
    outcome = fields.String(required=True, validate=validate.OneOf([*Outcome]))
    final = fields.Boolean(required=True)
    settles_at = fields.AwareDateTime(required=True, allow_none=True)
    revised = fields.Boolean(required=True, metadata={"description": "it changed an outcome that was final"})
    opened = fields.List(fields.Nested(HoldSchema), required=True)
    closed = fields.List(fields.Nested(HoldSchema), required=True)
    reasons = fields.List(fields.Nested(ReasonSchema), required=True)
    policy_sha256 = fields.String(required=True, metadata={"description": "of the policy that judged"})
    receipt = fields.Nested(ReceiptSchema, required=True, allow_none=True)
    judged_again = fields.String(
        required=True,
        validate=validate.OneOf([*Again]),
        metadata={"description": "what comes of judging again, from what is stored, by the policy that judged then"},
    )


class DecisionsSchema(Schema):
    """A page of what was decided about a session, the oldest first."""

    identifier = fields.String(required=True)
    decisions = fields.List(fields.Nested(DecisionSchema), required=True)
    next = fields.String(required=True, metadata={"description": "ask again with this as `after`"})
    more = fields.Boolean(required=True, metadata={"description": "whether to ask again at once"})
