"""What the routes share by which the LMS acts in somebody's name: who acts, why, and how they are refused."""

from collections.abc import Mapping

from marshmallow import Schema

from proctor_results.flows.hand import Hand
from proctor_results.web import body
from proctor_results.web.text import Text

REFUSALS: Mapping[int, str] = {
    **body.REFUSALS,
    401: "No key, or a wrong one",
    404: "No such session",
    503: "The database is away; send it again",
}


class HandSchema(Schema):
    """Who acts, and why."""

    actor = Text(required=True, metadata={"description": "who decided this"})
    reason = Text(at_most=2000, required=True, metadata={"description": "in their words"})


def hand_in_body(schema: Schema) -> Hand:
    """Who acts, and why, as the body says; refuses one that does not."""
    said = body.valid_body(schema)
    return Hand(actor=said["actor"], reason=said["reason"])
