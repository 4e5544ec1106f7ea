"""What is asked for a page at a time, as OpenAPI describes it."""

from marshmallow import Schema, fields, validate

MAX_CURSOR = 2**63 - 1


class PaginationSchema(Schema):
    """Where a page begins, and how long it may be."""

    after = fields.Integer(
        load_default=0,
        validate=validate.Range(0, MAX_CURSOR),
        metadata={"description": "`next` of the page before; without it, from the beginning"},
    )
    limit = fields.Integer(load_default=100, validate=validate.Range(1, 1000))
