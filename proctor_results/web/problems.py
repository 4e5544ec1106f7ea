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

from proctor_results.flows import LedgerAway
from proctor_results.flows.record_report import SessionErased

RETRY_AFTER_SECONDS = 5

Errors = Mapping[str, object]
View = TypeVar("View", bound=Callable[..., Any])

log = structlog.get_logger()


class Problem(Schema):
    """What went wrong."""

    type = fields.String(metadata={"example": "about:blank"})
    title = fields.String(metadata={"example": "Unprocessable Entity"})
    status = fields.Integer(metadata={"example": 422})
    detail = fields.String(metadata={"description": "what is wrong, and what to do about it"})
    errors = fields.Dict(fields.String(), fields.Raw(), metadata={"description": "field → what is wrong with it"})


class ProblemApi(Api):
    """The OpenAPI description, with errors in our shape. Every route says itself with which it may answer."""

    ERROR_SCHEMA = Problem
    DEFAULT_ERROR_RESPONSE_NAME = None

    def handle_http_exception(self, error: HTTPException) -> Response:
        """Whatever Flask, werkzeug or webargs raise."""
        data = getattr(error, "data", None) or {}
        answer = problem(error.code or 500, *_said(error, data.get("messages")))
        if error.code == HTTPStatus.METHOD_NOT_ALLOWED:
            answer.headers.extend(error.get_headers())
            answer.content_type = CONTENT_TYPE
        return answer


def _said(error: HTTPException, messages: Mapping[str, Errors] | None) -> tuple[str, Errors | None]:
    """What webargs found wrong is sorted by where it looked; the fields are enough."""
    if not messages:
        return error.description or "", None
    fields_of = {name: faults for where in messages.values() for name, faults in where.items()}
    return "some fields cannot be right", fields_of


CONTENT_TYPE = "application/problem+json"


def problem(status: int, detail: str, errors: Errors | None = None) -> Response:
    """The answer for an error. What comes from outside is escaped to ASCII, so that it can always be sent."""
    said = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    body = json.dumps({**said, "errors": errors} if errors else said)
    return Response(body + "\n", status, content_type=CONTENT_TYPE)


def refuses(blueprint: Blueprint, answers: Mapping[int, str]) -> Callable[[View], View]:
    """Describes the problems with which a route may answer: status and, in a few words, why.

    Only the descriptions of `alt_response` are kept, not the functions that it puts around the view for each.
    """

    def described(view: View) -> View:
        told = view
        for status, why in answers.items():
            told = blueprint.alt_response(status, schema=Problem, content_type=CONTENT_TYPE, description=why)(told)
        view._apidoc = told._apidoc  # type: ignore[attr-defined]  # where flask-smorest looks for it
        return view

    return described


def refuse(status: int, detail: str, errors: Errors | None = None) -> NoReturn:
    """Ends the request with that answer."""
    abort(problem(status, detail, errors))


def ledger_away(error: LedgerAway) -> Response:
    """503: nothing was stored, so the sender should send it again."""
    log.error("ledger.away", error=str(error).strip())
    answer = problem(503, "the database cannot be reached; nothing was stored, please send it again")
    answer.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return answer


def session_erased(_: SessionErased) -> Response:
    """410: what may not be kept is not answered with 200."""
    log.warning("webhook.erased")
    return problem(410, "this session was erased; reports about it are not kept any more")


def nested_too_deeply(_: RecursionError) -> Response:
    """400: what is deeper than Python's JSON reader goes is not meant to be read."""
    return problem(400, "the body is nested too deeply to be read")
