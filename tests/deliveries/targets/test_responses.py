"""What an answer means for a delivery."""

from datetime import UTC, datetime, timedelta

import pytest

from proctor_results.deliveries.targets.base import Unreachable
from proctor_results.deliveries.targets.responses import (
    MAX_RETRY_AFTER,
    classify_response,
)
from proctor_results.http_client.client import HttpResponse

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


def retry_after_of(header: str | None, status: int = 503) -> timedelta | None:
    result = classify_response(HttpResponse(status=status, retry_after=header), NOW)
    assert isinstance(result, Unreachable)
    return result.retry_after


RETRY_AFTER_HEADERS = {
    "seconds": ("120", timedelta(minutes=2)),
    "no time at all": ("0", timedelta()),
    "negative seconds": ("-5", timedelta()),
    "more seconds than a timedelta holds": ("9" * 20, MAX_RETRY_AFTER),
    "more digits than int reads": ("9" * 5000, MAX_RETRY_AFTER),
    "fewer seconds than a timedelta holds": ("-" + "9" * 5000, timedelta()),
    "a date": ("Sun, 01 Mar 2026 12:01:30 GMT", timedelta(seconds=90)),
    "a date of the kind before last": ("Sunday, 01-Mar-26 12:01:30 GMT", timedelta(seconds=90)),
    "a date without a zone": ("Sun Mar  1 12:01:30 2026", timedelta(seconds=90)),
    "a date elsewhere": ("Sun, 01 Mar 2026 13:01:30 +0100", timedelta(seconds=90)),
    "a date gone by": ("Sun, 01 Mar 2020 12:00:00 GMT", timedelta()),
    "a date far away": ("Fri, 31 Dec 9999 23:59:59 GMT", MAX_RETRY_AFTER),
    "no header": (None, None),
    "an empty header": ("", None),
    "words": ("later", None),
    "a fraction": ("1.5", None),
    "an exponent": ("1e3", None),
    "not a number": ("nan", None),
    "digits of another script": ("١٢", None),
    "a date that does not exist": ("Sun, 31 Feb 2026 12:00:00 GMT", None),
    "a year beyond the calendar": ("Sun, 01 Mar 99999 12:00:00 GMT", None),
    "a zone beyond the globe": ("Sun, 01 Mar 2026 12:00:00 +99999999999", None),
}


@pytest.mark.parametrize(("header", "wait"), RETRY_AFTER_HEADERS.values(), ids=RETRY_AFTER_HEADERS)
def test_retry_after_is_parsed_where_it_is_valid(
    header: str | None, wait: timedelta | None
) -> None:
    assert retry_after_of(header) == wait


@pytest.mark.parametrize("status", [408, 425, 429, 500, 503])
def test_every_retryable_status_may_carry_retry_after(status: int) -> None:
    assert retry_after_of("7", status) == timedelta(seconds=7)


def test_the_detail_is_one_short_line_of_printable_text() -> None:
    body = b"<h1>\x00Down\x1b[31m</h1>\r\n\t\xff for \xe2\x80\xaemaintenance " + b"x" * 500
    detail = classify_response(HttpResponse(status=503, body=body), NOW).detail
    assert detail.startswith("answered 503: <h1> Down [31m</h1> \ufffd for maintenance xxx")
    assert detail.isprintable()
    assert len(detail) == len("answered 503: ") + 200


def test_a_response_without_text_is_described_by_its_status() -> None:
    assert classify_response(HttpResponse(status=404, body=b" \r\n"), NOW).detail == "answered 404"
