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
    Unreachable,
)
from proctor_results.http_client.client import HttpResponse
from proctor_results.http_client.public_connect import CallError

MAX_DETAIL_LENGTH = 200
MAX_RETRY_AFTER = timedelta(days=3)
"""The longest time that a delivery is retried at all; the retry schedule bounds it further."""


def classify_response(response: HttpResponse | CallError, now: datetime) -> PushResult:
    """Classify by status: 2xx is delivered, 410 gone, 408, 425, 429 and 5xx later, else refused.

    `now` is the time that a date in Retry-After is compared with.
    """
    if isinstance(response, CallError):
        return Unreachable(detail=str(response), error=response.kind)
    result_type = _RESULTS_BY_STATUS.get(response.status) or _RESULTS_BY_CLASS.get(
        response.status // 100, Refused
    )
    is_unreachable = result_type is Unreachable
    retry_after = _parse_retry_after(response.retry_after or "", now) if is_unreachable else None
    return result_type(status=response.status, detail=_detail(response), retry_after=retry_after)


_RESULTS_BY_STATUS: Mapping[int, type[PushResult]] = {
    408: Unreachable,  # request timeout
    410: Gone,
    425: Unreachable,  # too early
    429: Unreachable,  # too many requests
}
_RESULTS_BY_CLASS: Mapping[int, type[PushResult]] = {2: Delivered, 5: Unreachable}


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
