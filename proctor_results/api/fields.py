"""Fields and parts of schemas that several capabilities share."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar

from marshmallow import Schema, ValidationError, fields, validate
from werkzeug.routing import BaseConverter

from proctor_results.formats.text import IDENTIFIER_PATTERN, storage_problem
from proctor_results.formats.times import format_time

MAX_CURSOR = 2**63 - 1


class NonEmptyText(fields.String):
    """A text of 1 to `max_length` characters that both databases can store."""

    def __init__(self, max_length: int = 200, **options: Any) -> None:
        super().__init__(
            validate=[validate.Length(1, max_length), _validate_storable],
            **options,
        )


def _validate_storable(text: str) -> None:
    error = storage_problem(text)
    if error:
        raise ValidationError(error)


class UtcTime(fields.AwareDateTime):
    """A time in our one format: UTC, with milliseconds and `Z`."""

    def _serialize(
        self, value: datetime | None, attr: str | None, obj: Any, **_: Any
    ) -> str | None:
        return None if value is None else format_time(value)


class RenderedSchema(Schema):
    """A schema that describes the JSON which the function `render` makes of an object.

    Sessions are rendered in messages and in hot views too, where marshmallow would be too slow.
    """

    render: ClassVar[Callable[[Any], Any]]

    def dump(self, obj: Any, *, many: bool | None = None) -> Any:
        return type(self).render(obj)


class PaginationSchema(Schema):
    """The query parameters of a list that is read page by page."""

    after = fields.Integer(
        load_default=0,
        validate=validate.Range(0, MAX_CURSOR),
        metadata={"description": "`next` of the page before; without it, from the beginning"},
    )
    limit = fields.Integer(load_default=100, validate=validate.Range(1, 1000))


class PageSchema(Schema):
    """The members of every page."""

    next = fields.String(required=True, metadata={"description": "ask again with this as `after`"})
    more = fields.Boolean(required=True, metadata={"description": "whether to ask again at once"})


class IdentifierConverter(BaseConverter):
    """`<identifier:name>` in a route. A path with an impossible identifier is not found."""

    regex = IDENTIFIER_PATTERN

    @classmethod
    def openapi_schema(cls, _: BaseConverter) -> dict[str, str]:
        """Describe the path parameter for OpenAPI."""
        return {"type": "string", "pattern": f"^{cls.regex}$"}
