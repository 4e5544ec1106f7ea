"""Times as text and as milliseconds since 1970, both in UTC.

The text is ISO 8601 with milliseconds, so that equal times are equal texts and sort in their order.
"""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def format_time(time: datetime) -> str:
    """Return `2022-02-18T22:55:36.523Z` for an aware datetime; microseconds are cut off."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_time(text: str) -> datetime:
    """Return the aware time that `format_time` wrote."""
    return datetime.fromisoformat(text)


def to_milliseconds(time: datetime) -> int:
    """Return whole milliseconds since 1970 UTC, as the database stores times."""
    return (time - _EPOCH) // _MILLISECOND


def from_milliseconds(milliseconds: int) -> datetime:
    """Return the aware time that `to_milliseconds` wrote."""
    return _EPOCH + milliseconds * _MILLISECOND
