"""Renders every error as problem details (RFC 9457), with the faults of fields under `errors`."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import NoReturn

import structlog
from flask import Response, abort
from flask_smorest import Api
from marshmallow import Schema, fields
from werkzeug.exceptions import HTTPException

from proctor_results.database.connection import DatabaseUnavailable
from proctor_results.webhooks.record_report import SessionErased

CONTENT_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 5

FieldErrors = Mapping[str, object]

log = structlog.get_logger()


class ProblemSchema(Schema):
    """The description of an error."""

    type = fields.String(metadata={"example": "about:blank"})
    title = fields.String(metadata={"example": "Unprocessable Entity"})
    status = fields.Integer(metadata={"example": 422})
    detail = fields.String(metadata={"description": "what is wrong, and what to do about it"})
    errors = fields.Dict(
        fields.String(), fields.Raw(), metadata={"description": "field → what is wrong with it"}
    )


class ProblemApi(Api):
    """The OpenAPI description, with errors in our shape. Every route lists its own errors."""

    ERROR_SCHEMA = ProblemSchema
    DEFAULT_ERROR_RESPONSE_NAME = None

    def handle_http_exception(self, error: HTTPException) -> Response:
        """Render what Flask, Werkzeug or webargs raise."""
        data = getattr(error, "data", None) or {}
        response = problem(error.code or 500, *_detail_and_errors(error, data.get("messages")))
        if error.code == HTTPStatus.METHOD_NOT_ALLOWED:
            response.headers.extend(error.get_headers())
            response.content_type = CONTENT_TYPE
        return response


def _detail_and_errors(
    error: HTTPException, messages: Mapping[str, FieldErrors] | None
) -> tuple[str, FieldErrors | None]:
    """Drop the location, such as `json`, by which webargs groups the faults of fields."""
    if not messages:
        return error.description or "", None
    errors_by_field = {
        name: messages_of_field
        for location_errors in messages.values()
        for name, messages_of_field in location_errors.items()
    }
    return "some fields are invalid", errors_by_field


def problem(status: int, detail: str, errors: FieldErrors | None = None) -> Response:
    """Return the answer for an error, in ASCII: it may quote any text that a sender sent."""
    members = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    body = json.dumps({**members, "errors": errors} if errors else members)
    return Response(body + "\n", status, content_type=CONTENT_TYPE)


def abort_with_problem(status: int, detail: str, errors: FieldErrors | None = None) -> NoReturn:
    """End the request with that answer."""
    abort(problem(status, detail, errors))


def database_unavailable(error: DatabaseUnavailable) -> Response:
    """Answer 503: nothing was stored, so the sender should send it again."""
    log.error("database.unavailable", error=str(error).strip())
    response = problem(
        503, "the database cannot be reached; nothing was stored, please send it again"
    )
    response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def session_erased(_: SessionErased) -> Response:
    """Answer 410: a report about an erased session is not stored, so 200 would be wrong."""
    log.warning("webhook.session_erased")
    return problem(410, "this session was erased; reports about it are not stored")


def nested_too_deeply(_: RecursionError) -> Response:
    """Answer 400: the body is nested more deeply than Python's JSON reader goes."""
    return problem(400, "the body is nested too deeply to be read")
