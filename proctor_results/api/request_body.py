"""Reads the small JSON bodies that browsers and the LMS send."""

from collections.abc import Mapping
from typing import Any

from flask import request
from marshmallow import Schema, ValidationError

from proctor_results.api.problems import abort_with_problem

MAX_BODY_BYTES = 64 * 1024

BODY_PROBLEMS: Mapping[int, str] = {
    400: "Not a JSON object",
    413: "More than 64 KiB",
    422: "Understood, but it cannot be right",
}
"""With what `valid_body` may answer; OpenAPI tells it of every route that reads a body."""


def load_body(schema: Schema) -> dict[str, Any]:
    """The body as the schema understands it; refuses what cannot be right, with 422 and the names of the fields."""
    try:
        payload: dict[str, Any] = schema.load(json_object())
    except ValidationError as error:
        abort_with_problem(422, "some fields cannot be right", error.messages_dict)
    return payload


def request_body_spec(schema: type[Schema]) -> dict[str, Any]:
    """The same for OpenAPI, as `requestBody`."""
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def token_in_body() -> str:
    """The token that a page put into its body, or an empty text."""
    document = (
        request.get_json(force=True, silent=True, cache=True)
        if len(request_body()) <= MAX_BODY_BYTES
        else None
    )
    token = document.get("token") if isinstance(document, dict) else None
    return token if isinstance(token, str) else ""


def json_object() -> dict[str, Any]:
    """The body as a JSON object, whatever its content type: a page that sends text/plain needs no preflight.

    Refuses everything else, with 400 or 413.
    """
    if len(request_body()) > MAX_BODY_BYTES:
        abort_with_problem(413, f"larger than {MAX_BODY_BYTES} bytes")
    document = request.get_json(force=True, silent=True, cache=True)
    if not isinstance(document, dict):
        abort_with_problem(400, "the body must be a JSON object")
    return document


def request_body() -> bytes:
    """The body as it came, and no more than one byte beyond the limit of it."""
    request.max_content_length = MAX_BODY_BYTES + 1
    return request.get_data(cache=True)
