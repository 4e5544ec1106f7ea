"""The bodies by which the LMS acts on a session in the name of a person."""

from marshmallow import Schema, fields, validate

from proctor_results.api.fields import NonEmptyText
from proctor_results.operations.operator_actions import OVERRIDE_OUTCOMES
from proctor_results.sessions.enums import HoldKind


class AttributionSchema(Schema):
    """The person who acts, and why."""

    actor = NonEmptyText(required=True, metadata={"description": "who decided this"})
    reason = NonEmptyText(
        max_length=2000, required=True, metadata={"description": "in their words"}
    )


class ManualHoldSchema(AttributionSchema):
    """A manual hold."""

    kind = fields.String(load_default=HoldKind.MANUAL, validate=validate.Equal(HoldKind.MANUAL))


class OverrideSchema(AttributionSchema):
    """An outcome that a person sets."""

    outcome = fields.String(required=True, validate=validate.OneOf([*OVERRIDE_OUTCOMES]))


class NoteSchema(Schema):
    """A note, and the person who wrote it."""

    actor = NonEmptyText(required=True, metadata={"description": "the author of the note"})
    reason = NonEmptyText(
        data_key="note",
        max_length=2000,
        required=True,
        metadata={"description": "in their words"},
    )
