"""Identifiers in paths: what cannot be one is not found, before anything is asked."""

from werkzeug.routing import BaseConverter

from proctor_results.formats import identifier


class IdentifierConverter(BaseConverter):
    """`<identifier:name>` in a route."""

    regex = identifier.IDENTIFIER_PATTERN


def openapi_schema(_: BaseConverter) -> dict[str, str]:
    """The same for OpenAPI."""
    return {"type": "string", "pattern": f"^{identifier.IDENTIFIER_PATTERN}$"}
