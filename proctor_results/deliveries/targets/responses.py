"""What an HTTP answer means for a delivery (design, "Delivering")."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from proctor_results.deliveries.targets.base import (
    Delivered,
    Gone,
    PushResult,
    Refused,
    Unreachable,
)

MAX_DETAIL_LENGTH = 200
MAX_RETRY_AFTER = timedelta(days=3)
"""As long as a delivery is tried at all; the schedule bounds it further."""


@dataclass(frozen=True, kw_only=True)
class HttpResponse:
    """A whole answer, its body cut. `retry_after` is the header as it came."""

    status: int
    body: bytes = b""
    retry_after: str | None = None


def classify_response(response: HttpResponse, now: datetime) -> PushResult:
    """What became of the message; `now` is what a date in Retry-After is measured against."""
    classify = _BY_STATUS.get(response.status) or _BY_CLASS.get(response.status // 100) or _refused
    return classify(response, now)


def _delivered(response: HttpResponse, _: datetime) -> PushResult:
    return Delivered(status=response.status, detail=_detail(response))


def _gone(response: HttpResponse, _: datetime) -> PushResult:
    return Gone(status=response.status, detail=_detail(response))


def _refused(response: HttpResponse, _: datetime) -> PushResult:
    return Refused(status=response.status, detail=_detail(response))


def _retry_later(response: HttpResponse, now: datetime) -> PushResult:
    wait = _parse_retry_after(response.retry_after or "", now)
    return Unreachable(status=response.status, detail=_detail(response), retry_after=wait)


_BY_STATUS: Mapping[int, Callable[[HttpResponse, datetime], PushResult]] = {
    408: _retry_later,  # request timeout
    410: _gone,
    425: _retry_later,  # too early
    429: _retry_later,  # too many requests
}
_BY_CLASS: Mapping[int, Callable[[HttpResponse, datetime], PushResult]] = {
    2: _delivered,
    5: _retry_later,
}


def _detail(response: HttpResponse) -> str:
    """`answered 503: try later`: one line without control, formatting or broken characters, whatever the peer sent."""
    text = response.body.decode("utf-8", errors="replace")
    words = "".join(character if character.isprintable() else " " for character in text).split()
    excerpt = " ".join(words)[:MAX_DETAIL_LENGTH]
    return f"answered {response.status}: {excerpt}" if excerpt else f"answered {response.status}"


def _parse_retry_after(header: str, now: datetime) -> timedelta | None:
    """Seconds or an HTTP date (RFC 9110, 10.2.3); None where it is neither, never negative, never beyond the bound."""
    wait = (
        _parse_delay_seconds(header)
        if re.fullmatch(r"-?[0-9]+", header)
        else _parse_http_date(header, now)
    )
    return None if wait is None else max(timedelta(), min(wait, MAX_RETRY_AFTER))


def _parse_delay_seconds(header: str) -> timedelta:
    """A float takes any number of digits, where `int` refuses thousands of them and `timedelta` overflows."""
    max_seconds = MAX_RETRY_AFTER.total_seconds()
    return timedelta(seconds=max(-max_seconds, min(float(header), max_seconds)))


def _parse_http_date(header: str, now: datetime) -> timedelta | None:
    try:
        retry_at = parsedate_to_datetime(header)
    except (
        ValueError,
        TypeError,
        LookupError,
        ArithmeticError,
    ):  # the parser is not particular about how it fails
        return None
    return (retry_at if retry_at.tzinfo else retry_at.replace(tzinfo=UTC)) - now
