"""The success rule that targets share: the result of an HTTP response."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from proctor_results.deliveries.targets.base import (
    Delivered,
    Gone,
    PushResult,
    Refused,
    ResultKind,
    Unreachable,
)
from proctor_results.http_client.client import CallFailed, HttpResponse

MAX_DETAIL_LENGTH = 200
MAX_RETRY_AFTER = timedelta(days=3)
"""The longest time that a delivery is retried at all; the retry schedule bounds it further."""


def classify_response(response: HttpResponse | CallFailed, now: datetime) -> PushResult:
    """Classify by status: 2xx is delivered, 410 gone, 408, 425, 429 and 5xx later, else refused.

    `now` is the time that a date in Retry-After is compared with.
    """
    if isinstance(response, CallFailed):
        return Unreachable(detail=response.detail, error=response.kind)
    status, detail = response.status, _detail(response)
    kind = _KINDS_BY_STATUS.get(status) or _KINDS_BY_CLASS.get(status // 100)
    if kind is ResultKind.UNREACHABLE:
        wait = _parse_retry_after(response.retry_after or "", now)
        return Unreachable(status=status, detail=detail, retry_after=wait)
    return _RESULT_TYPES.get(kind, Refused)(status=status, detail=detail)


_KINDS_BY_STATUS: Mapping[int, ResultKind] = {
    408: ResultKind.UNREACHABLE,  # request timeout
    410: ResultKind.GONE,
    425: ResultKind.UNREACHABLE,  # too early
    429: ResultKind.UNREACHABLE,  # too many requests
}
_KINDS_BY_CLASS: Mapping[int, ResultKind] = {2: ResultKind.DELIVERED, 5: ResultKind.UNREACHABLE}
_RESULT_TYPES: Mapping[ResultKind | None, type[Delivered | Gone]] = {
    ResultKind.DELIVERED: Delivered,
    ResultKind.GONE: Gone,
}


def _detail(response: HttpResponse) -> str:
    """Format `answered 503: try later`, in one line of printable characters."""
    text = response.body.decode("utf-8", errors="replace")
    words = "".join(character if character.isprintable() else " " for character in text).split()
    excerpt = " ".join(words)[:MAX_DETAIL_LENGTH]
    return f"answered {response.status}: {excerpt}" if excerpt else f"answered {response.status}"


def _parse_retry_after(header: str, now: datetime) -> timedelta | None:
    """Parse seconds or an HTTP date (RFC 9110, 10.2.3), bounded; None where it is neither."""
    wait = (
        _parse_delay_seconds(header)
        if re.fullmatch(r"-?[0-9]+", header)
        else _parse_http_date(header, now)
    )
    return None if wait is None else max(timedelta(), min(wait, MAX_RETRY_AFTER))


def _parse_delay_seconds(header: str) -> timedelta:
    """Use a float: `int` refuses thousands of digits and `timedelta` overflows."""
    max_seconds = MAX_RETRY_AFTER.total_seconds()
    return timedelta(seconds=max(-max_seconds, min(float(header), max_seconds)))


def _parse_http_date(header: str, now: datetime) -> timedelta | None:
    try:
        retry_at = parsedate_to_datetime(header)
    except (ValueError, TypeError, LookupError, ArithmeticError):  # all that the parser raises
        return None
    return (retry_at if retry_at.tzinfo else retry_at.replace(tzinfo=UTC)) - now
