"""The blueprint of all API routes: how it reads bodies and describes errors."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from flask import Request, request
from flask_smorest import Blueprint
from marshmallow import Schema
from webargs.flaskparser import FlaskParser

from proctor_results.api.problems import CONTENT_TYPE, ProblemSchema, abort_with_problem

MAX_BODY_BYTES = 64 * 1024

LMS_SECURITY: list[dict[str, list[str]]] = [{"lmsKey": []}, {"lmsBearer": []}]
BROWSER_SECURITY: list[dict[str, list[str]]] = [{"launchToken": []}]

PROBLEMS: Mapping[int, str] = {
    401: "No key, or a wrong one",
    503: "The database cannot be reached; send it again",
}
BODY_PROBLEMS: Mapping[int, str] = {
    **PROBLEMS,
    400: "Not a JSON object",
    413: "More than 64 KiB",
    422: "JSON with wrong fields; `errors` names them",
}

View = TypeVar("View", bound=Callable[..., Any])


class BodyParser(FlaskParser):
    """Parses bodies as JSON whatever their content type: text/plain spares pages a preflight."""

    def load_json(self, req: Request, schema: Schema) -> dict[str, Any]:
        """Return the body as a JSON object. Aborts with 400 or 413."""
        return json_object()


class ApiBlueprint(Blueprint):
    """Blueprint whose bodies are bounded JSON objects and whose errors are problem details."""

    ARGUMENTS_PARSER = BodyParser()

    def alt_response(self, *args: Any, **options: Any) -> Callable[[View], View]:
        """Describe a response as flask-smorest does, without its function around the view.

        One function for each described status would cost time in every request.
        """
        describe = super().alt_response(*args, **options)

        def decorator(view: View) -> View:
            view._apidoc = describe(view)._apidoc  # type: ignore[attr-defined]  # smorest reads it
            return view

        return decorator

    def problems(self, descriptions: Mapping[int, str]) -> Callable[[View], View]:
        """Describe the problems with which a route may answer: status and, in a few words, why."""

        def decorator(view: View) -> View:
            for status, description in descriptions.items():
                self.alt_response(
                    status, schema=ProblemSchema, content_type=CONTENT_TYPE, description=description
                )(view)
            return view

        return decorator


def json_object() -> dict[str, Any]:
    """Return the body as a JSON object, whatever its content type. Aborts with 400 or 413."""
    if len(request_body()) > MAX_BODY_BYTES:
        abort_with_problem(413, f"larger than {MAX_BODY_BYTES} bytes")
    document = request.get_json(force=True, silent=True, cache=True)
    if not isinstance(document, dict):
        abort_with_problem(400, "the body must be a JSON object")
    return document


def token_in_body() -> str:
    """Return the launch token that a page put into its body, or an empty text."""
    if len(request_body()) > MAX_BODY_BYTES:
        return ""
    document = request.get_json(force=True, silent=True, cache=True)
    token = document.get("token") if isinstance(document, dict) else None
    return token if isinstance(token, str) else ""


def request_body() -> bytes:
    """Return the body as it arrived, at most one byte beyond the limit of 64 KiB."""
    request.max_content_length = MAX_BODY_BYTES + 1
    return request.get_data(cache=True)
