"""A session as JSON, and as OpenAPI describes it."""

from marshmallow import fields, validate

from proctor_results.api.fields import PageSchema, RenderedSchema
from proctor_results.deliveries.messages import hold_json, reason_json
from proctor_results.formats.json_value import Json
from proctor_results.formats.times import format_time
from proctor_results.sessions.enums import HoldKind, Outcome, Status
from proctor_results.sessions.model import Session

_FACT_NAMES = (
    "score",
    "duration",
    "started_at",
    "stopped_at",
    "signed_at",
    "proctor",
    "comment",
    "link",
)


def session_json(session: Session) -> dict[str, Json]:
    """The session in the words of the public contract; what is not known is null."""
    return {
        "identifier": session.identifier,
        "vendor": session.vendor,
        "student": session.student,
        "exam": session.exam,
        "status": session.status,
        "outcome": session.outcome,
        "final": session.final,
        "final_at": None if session.final_at is None else format_time(session.final_at),
        "revised": session.revised,
        "reasons": [reason_json(reason) for reason in session.reasons],
        "locked": session.locked,
        "holds": [hold_json(hold) for hold in session.holds],
        "averages": session.facts_in("averages"),
        **{name: session.facts.get(name) for name in _FACT_NAMES},
        "revision": session.revision,
        "updated_at": format_time(session.updated_at),
    }


class HoldSchema(RenderedSchema):
    """One reason why the exam is locked."""

    render = hold_json

    kind = fields.String(required=True, validate=validate.OneOf([*HoldKind]))
    since = fields.AwareDateTime(required=True)
    detail = fields.String(required=True)


class ReasonSchema(RenderedSchema):
    """Why the outcome is what it is, and what else was noticed."""

    render = reason_json

    rule = fields.String(required=True)
    detail = fields.String(required=True)
    value = fields.Float()
    limit = fields.Float()


class SessionSchema(RenderedSchema):
    """One learner's one proctored sitting of one exam."""

    render = session_json

    identifier = fields.String(required=True)
    vendor = fields.String(required=True)
    student = fields.String(required=True, allow_none=True)
    exam = fields.String(required=True, allow_none=True)
    status = fields.String(required=True, validate=validate.OneOf([*Status]))
    outcome = fields.String(required=True, validate=validate.OneOf([*Outcome]))
    final = fields.Boolean(
        required=True, metadata={"description": "decided and final; a human may still revise it"}
    )
    final_at = fields.AwareDateTime(
        required=True,
        allow_none=True,
        metadata={"description": "when it becomes final, unless it changes before"},
    )
    revised = fields.Boolean(
        required=True, metadata={"description": "an outcome that was final has been changed"}
    )
    reasons = fields.List(fields.Nested(ReasonSchema), required=True)
    locked = fields.Boolean(required=True)
    holds = fields.List(fields.Nested(HoldSchema), required=True)
    score = fields.Float(
        required=True, allow_none=True, metadata={"description": "0 to 100, higher is better"}
    )
    averages = fields.Dict(fields.String(), fields.Float(), required=True)
    duration = fields.Float(required=True, allow_none=True, metadata={"description": "minutes"})
    started_at = fields.AwareDateTime(required=True, allow_none=True)
    stopped_at = fields.AwareDateTime(required=True, allow_none=True)
    signed_at = fields.AwareDateTime(required=True, allow_none=True)
    proctor = fields.String(required=True, allow_none=True)
    comment = fields.String(required=True, allow_none=True)
    link = fields.String(required=True, allow_none=True)
    revision = fields.Integer(required=True)
    updated_at = fields.AwareDateTime(required=True)


class ChangesSchema(PageSchema):
    """A page of the change feed."""

    sessions = fields.List(fields.Nested(SessionSchema), required=True)
