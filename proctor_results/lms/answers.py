"""What an HTTP answer means for a delivery (design, "Delivering")."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from proctor_results.lms.base import Delivered, Gone, PushResult, Refused, Unreachable

DETAIL_CHARACTERS = 200
RETRY_AFTER_AT_MOST = timedelta(days=3)
"""As long as a delivery is tried at all; the schedule bounds it further."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A whole answer, its body cut. `retry_after` is the header as it came."""

    status: int
    body: bytes = b""
    retry_after: str | None = None


def meaning(answer: Answer, now: datetime) -> PushResult:
    """What became of the message; `now` is what a date in Retry-After is measured against."""
    kind = _BY_STATUS.get(answer.status) or _BY_CLASS.get(answer.status // 100) or _refused
    return kind(answer, now)


def _delivered(answer: Answer, _: datetime) -> PushResult:
    return Delivered(status=answer.status, detail=_detail(answer))


def _gone(answer: Answer, _: datetime) -> PushResult:
    return Gone(status=answer.status, detail=_detail(answer))


def _refused(answer: Answer, _: datetime) -> PushResult:
    return Refused(status=answer.status, detail=_detail(answer))


def _later(answer: Answer, now: datetime) -> PushResult:
    wait = _wait(answer.retry_after or "", now)
    return Unreachable(status=answer.status, detail=_detail(answer), retry_after=wait)


_BY_STATUS: Mapping[int, Callable[[Answer, datetime], PushResult]] = {
    408: _later,  # request timeout
    410: _gone,
    425: _later,  # too early
    429: _later,  # too many requests
}
_BY_CLASS: Mapping[int, Callable[[Answer, datetime], PushResult]] = {2: _delivered, 5: _later}


def _detail(answer: Answer) -> str:
    """`answered 503: try later`: one line without control, formatting or broken characters, whatever the peer sent."""
    text = answer.body.decode("utf-8", errors="replace")
    words = "".join(each if each.isprintable() else " " for each in text).split()
    said = " ".join(words)[:DETAIL_CHARACTERS]
    return f"answered {answer.status}: {said}" if said else f"answered {answer.status}"


def _wait(header: str, now: datetime) -> timedelta | None:
    """Seconds or an HTTP date (RFC 9110, 10.2.3); None where it is neither, never negative, never beyond the bound."""
    wait = _seconds(header) if re.fullmatch(r"-?[0-9]+", header) else _until(header, now)
    return None if wait is None else max(timedelta(), min(wait, RETRY_AFTER_AT_MOST))


def _seconds(header: str) -> timedelta:
    """A float takes any number of digits, where `int` refuses thousands of them and `timedelta` overflows."""
    bound = RETRY_AFTER_AT_MOST.total_seconds()
    return timedelta(seconds=max(-bound, min(float(header), bound)))


def _until(header: str, now: datetime) -> timedelta | None:
    try:
        moment = parsedate_to_datetime(header)
    except (ValueError, TypeError, LookupError, ArithmeticError):  # the parser is not particular about how it fails
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now
