"""Every error in one shape: problem details (RFC 9457), with the faults of single fields under `errors`."""

import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, NoReturn, TypeVar

import structlog
from flask import Response, abort
from flask_smorest import Api, Blueprint
from marshmallow import Schema, fields
from werkzeug.exceptions import HTTPException

from proctor_results.database.connection import DatabaseUnavailable
from proctor_results.webhooks.record_report import SessionErased

RETRY_AFTER_SECONDS = 5

FieldErrors = Mapping[str, object]
View = TypeVar("View", bound=Callable[..., Any])

log = structlog.get_logger()


class ProblemSchema(Schema):
    """What went wrong."""

    type = fields.String(metadata={"example": "about:blank"})
    title = fields.String(metadata={"example": "Unprocessable Entity"})
    status = fields.Integer(metadata={"example": 422})
    detail = fields.String(metadata={"description": "what is wrong, and what to do about it"})
    errors = fields.Dict(
        fields.String(), fields.Raw(), metadata={"description": "field → what is wrong with it"}
    )


class ProblemApi(Api):
    """The OpenAPI description, with errors in our shape. Every route says itself with which it may answer."""

    ERROR_SCHEMA = ProblemSchema
    DEFAULT_ERROR_RESPONSE_NAME = None

    def handle_http_exception(self, error: HTTPException) -> Response:
        """Whatever Flask, werkzeug or webargs raise."""
        data = getattr(error, "data", None) or {}
        response = problem(error.code or 500, *_detail_and_errors(error, data.get("messages")))
        if error.code == HTTPStatus.METHOD_NOT_ALLOWED:
            response.headers.extend(error.get_headers())
            response.content_type = CONTENT_TYPE
        return response


def _detail_and_errors(
    error: HTTPException, messages: Mapping[str, FieldErrors] | None
) -> tuple[str, FieldErrors | None]:
    """What webargs found wrong is sorted by where it looked; the fields are enough."""
    if not messages:
        return error.description or "", None
    errors_by_field = {
        name: messages_of_field
        for location_errors in messages.values()
        for name, messages_of_field in location_errors.items()
    }
    return "some fields cannot be right", errors_by_field


CONTENT_TYPE = "application/problem+json"


def problem(status: int, detail: str, errors: FieldErrors | None = None) -> Response:
    """The answer for an error. What comes from outside is escaped to ASCII, so that it can always be sent."""
    members = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    body = json.dumps({**members, "errors": errors} if errors else members)
    return Response(body + "\n", status, content_type=CONTENT_TYPE)


def document_problems(
    blueprint: Blueprint, descriptions: Mapping[int, str]
) -> Callable[[View], View]:
    """Describes the problems with which a route may answer: status and, in a few words, why.

    Only the descriptions of `alt_response` are kept, not the functions that it puts around the view for each.
    """

    def decorator(view: View) -> View:
        documented = view
        for status, description in descriptions.items():
            documented = blueprint.alt_response(
                status, schema=ProblemSchema, content_type=CONTENT_TYPE, description=description
            )(documented)
        view._apidoc = documented._apidoc  # type: ignore[attr-defined]  # where flask-smorest looks for it
        return view

    return decorator


def abort_with_problem(status: int, detail: str, errors: FieldErrors | None = None) -> NoReturn:
    """Ends the request with that answer."""
    abort(problem(status, detail, errors))


def database_unavailable(error: DatabaseUnavailable) -> Response:
    """503: nothing was stored, so the sender should send it again."""
    log.error("database.unavailable", error=str(error).strip())
    response = problem(
        503, "the database cannot be reached; nothing was stored, please send it again"
    )
    response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def session_erased(_: SessionErased) -> Response:
    """410: what may not be kept is not answered with 200."""
    log.warning("webhook.session_erased")
    return problem(410, "this session was erased; reports about it are not kept any more")


def nested_too_deeply(_: RecursionError) -> Response:
    """400: what is deeper than Python's JSON reader goes is not meant to be read."""
    return problem(400, "the body is nested too deeply to be read")
