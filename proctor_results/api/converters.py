"""Identifiers in paths: what cannot be one is not found, before anything is asked."""

from werkzeug.routing import BaseConverter

from proctor_results.formats.text import IDENTIFIER_PATTERN


class IdentifierConverter(BaseConverter):
    """`<identifier:name>` in a route."""

    regex = IDENTIFIER_PATTERN


def openapi_schema(_: BaseConverter) -> dict[str, str]:
    """The same for OpenAPI."""
    return {"type": "string", "pattern": f"^{IDENTIFIER_PATTERN}$"}
