"""What the routes share by which the LMS acts in somebody's name: who acts, why, and how they are refused."""

from collections.abc import Mapping

from marshmallow import Schema

from proctor_results.api import request_body
from proctor_results.api.text import NonEmptyText
from proctor_results.operations.attribution import Attribution

OPERATION_PROBLEMS: Mapping[int, str] = {
    **request_body.BODY_PROBLEMS,
    401: "No key, or a wrong one",
    404: "No such session",
    503: "The database is away; send it again",
}


class AttributionSchema(Schema):
    """Who acts, and why."""

    actor = NonEmptyText(required=True, metadata={"description": "who decided this"})
    reason = NonEmptyText(
        max_length=2000, required=True, metadata={"description": "in their words"}
    )


def load_attribution(schema: Schema) -> Attribution:
    """Who acts, and why, as the body says; refuses one that does not."""
    payload = request_body.load_body(schema)
    return Attribution(actor=payload["actor"], reason=payload["reason"])
