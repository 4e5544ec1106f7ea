"""Responses that the worker sends by itself, as problem details (RFC 9457)."""

import json
from http import HTTPStatus

from gunicorn.http import errors

CONTINUE_RESPONSE = b"HTTP/1.1 100 Continue\r\n\r\n"


def problem_response(status: int, detail: str) -> bytes:
    """Return a complete response, after which the connection is closed."""
    title = HTTPStatus(status).phrase
    members = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    body = json.dumps(members).encode() + b"\n"
    head = (
        f"HTTP/1.1 {status} {title}\r\nConnection: close\r\nContent-Type: "
        "application/problem+json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def status_of(error: Exception) -> int:
    """Return the status for a request that could not be parsed, or for an error of ours."""
    return next(
        (status for error_type, status in _STATUS_BY_ERROR if isinstance(error, error_type)), 500
    )


_STATUS_BY_ERROR = (
    (errors.LimitRequestLine, 414),
    (errors.LimitRequestHeaders, 431),
    (errors.ExpectationFailed, 417),
    (errors.UnsupportedTransferCoding, 501),
    (errors.ForbiddenProxyRequest, 403),
    (
        (
            errors.ConfigurationProblem,
            errors.InvalidResponseHeader,
            errors.InvalidResponseHeaderName,
        ),
        500,
    ),
    (errors.ParseException, 400),
)
