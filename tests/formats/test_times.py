"""Moments as text."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proctor_results.formats.times import format_time, parse_time

TEXTS = {
    "milliseconds": (
        datetime(2022, 2, 18, 22, 55, 36, 523_000, tzinfo=UTC),
        "2022-02-18T22:55:36.523Z",
    ),
    "no fraction": (datetime(2022, 2, 18, 22, 55, 36, tzinfo=UTC), "2022-02-18T22:55:36.000Z"),
    "microseconds, cut": (
        datetime(2022, 2, 18, 22, 55, 36, 999_999, tzinfo=UTC),
        "2022-02-18T22:55:36.999Z",
    ),
    "another zone": (
        datetime(2022, 2, 19, 0, 55, 36, tzinfo=timezone(timedelta(hours=2))),
        "2022-02-18T22:55:36.000Z",
    ),
    "an early year": (datetime(99, 1, 2, tzinfo=UTC), "0099-01-02T00:00:00.000Z"),
}


@pytest.mark.parametrize(("moment", "text"), TEXTS.values(), ids=TEXTS)
def test_a_moment_is_written_in_utc_with_milliseconds(moment: datetime, text: str) -> None:
    assert format_time(moment) == text


moments = st.datetimes(timezones=st.just(UTC))


@given(moments)
def test_a_written_moment_is_read_back_to_the_millisecond(moment: datetime) -> None:
    read = parse_time(format_time(moment))

    assert timedelta() <= moment - read < timedelta(milliseconds=1)
    assert read.utcoffset() == timedelta()


@given(moments, moments)
def test_texts_are_in_the_order_of_their_moments(one: datetime, other: datetime) -> None:
    earlier, later = sorted([one, other])

    assert format_time(earlier) <= format_time(later)
